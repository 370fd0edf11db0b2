// TypeScript types of the API, made of docs/openapi.json: one type a schema, and what each operation
// takes and answers. `node shared/client/types/generate.mjs` writes api.d.ts beside this file.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = import.meta.dirname;
const DOCUMENT = path.join(HERE, '..', '..', '..', 'docs', 'openapi.json');
export const OUTPUT = path.join(HERE, 'api.d.ts');
const document = JSON.parse(fs.readFileSync(DOCUMENT, 'utf8'));
const HEADER = '// Made of docs/openapi.json by generate.mjs; changes belong into the Rust types.\n';

/** The text of api.d.ts. */
export function apiTypes() {
  const { components, paths } = document;
  const types = Object.entries(components.schemas).map(
    ([name, schema]) => `${comment(schema)}export type ${typeName(name)} = ${typeOf(schema)};\n`,
  );
  const operations = Object.entries(paths).flatMap(([route, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationType(route, method, operation)),
  );
  const table = `/** What each operation takes and answers, by its operationId. */\nexport interface Operations {\n${operations.join('')}}\n`;
  return `${HEADER}\n${[...types, table].join('\n')}`;
}

function operationType(route, method, { operationId, summary, requestBody, responses }) {
  const body = requestBody ? typeOf(requestBody.content['application/json'].schema) : 'undefined';
  const answers = Object.entries(responses).filter(([status]) => status < 300);
  const reply = union(answers.map(([, answer]) => replyType(answer.content)));
  const fields = { method: JSON.stringify(method.toUpperCase()), path: JSON.stringify(route), body, reply };
  const lines = Object.entries(fields).map(([name, type]) => `    ${name}: ${indent(indent(type))};\n`);
  return `  /** ${summary} */\n  ${operationId}: {\n${lines.join('')}  };\n`;
}

function replyType(content) {
  if (!content) return 'undefined';
  const json = content['application/json'];
  if (json) return typeOf(json.schema);
  return 'image/png' in content ? 'Blob' : 'string';
}

function typeOf(schema) {
  if (schema === true || Object.keys(schema).length === 0) return 'unknown';
  if (schema.$ref) return typeOfReference(schema.$ref);
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.oneOf ?? (schema.properties ? undefined : schema.anyOf);
  if (choices) return union(choices.map(typeOf));
  if (schema.allOf) return schema.allOf.map(typeOf).join(' & ');
  return union([schema.type ?? 'unknown'].flat().map((type) => typeOfKind(type, schema)));
}

/** A schema of the list has a name; what lies inside of another one is written out. */
function typeOfReference(reference) {
  const parts = reference.split('/').slice(1);
  if (parts.length === 3) return typeName(parts[2]);
  return typeOf(parts.reduce((within, part) => within[part.replaceAll('~1', '/').replaceAll('~0', '~')], document));
}

function typeOfKind(type, schema) {
  if (type === 'integer') return 'number';
  if (type === 'array') return `Array<${typeOf(schema.items ?? true)}>`;
  if (type === 'object') return objectType(schema);
  return type;
}

function objectType({ properties, required = [], additionalProperties }) {
  if (!properties) return `Record<string, ${typeOf(additionalProperties || true)}>`;
  const fields = Object.entries(properties).map(([name, schema]) => {
    const optional = required.includes(name) ? '' : '?';
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    const text = `${comment(schema)}${key}${optional}: ${typeOf(schema)};`;
    return `  ${indent(text)}\n`;
  });
  return `{\n${fields.join('')}}`;
}

function union(types) {
  return [...new Set(types)].join(' | ');
}

function comment({ description }) {
  return description ? `/** ${description.replaceAll(/\s+/g, ' ').replaceAll('*/', '* /')} */\n` : '';
}

function indent(text) {
  return text.replaceAll('\n', '\n  ');
}

function typeName(name) {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '_');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) fs.writeFileSync(OUTPUT, apiTypes());
