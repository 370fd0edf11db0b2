// JSON Schema as people read it: a type in the manner of TypeScript, and an example to begin with.

const DEEPEST = 3;

function resolve(schema, description) {
  if (!schema?.$ref) return schema ?? {};
  return schema.$ref
    .slice(2)
    .split('/')
    .reduce((node, key) => node?.[key], description);
}

/** The type of a schema as text; what lies deep is its name alone. */
export function typeOf(schema, description, depth = 0) {
  const name = schema?.$ref?.split('/').at(-1);
  const {
    type,
    enum: values,
    anyOf,
    oneOf,
    allOf,
    properties,
    items,
    required = [],
    const: only,
  } = resolve(schema, description);
  if (only !== undefined) return JSON.stringify(only);
  if (values) return values.map((value) => JSON.stringify(value)).join(' | ');
  const some = anyOf ?? oneOf ?? allOf;
  if (some && !properties) return some.map((each) => typeOf(each, description, depth)).join(allOf ? ' & ' : ' | ');
  if (items) return `Array<${typeOf(items, description, depth + 1)}>`;
  if (!properties) return Array.isArray(type) ? type.join(' | ') : (type ?? 'any');
  if (depth >= DEEPEST) return name ?? 'object';
  const indent = '  '.repeat(depth + 1);
  const fields = Object.entries(properties).map(([key, value]) => {
    const note = resolve(value, description).description ?? value.description;
    const optional = required.includes(key) ? '' : '?';
    return `${indent}${key}${optional}: ${typeOf(value, description, depth + 1)}${note ? `  // ${note.split('\n')[0]}` : ''}`;
  });
  return `{\n${fields.join('\n')}\n${'  '.repeat(depth)}}`;
}

/** Something of this type: examples and defaults where there are some, else what is required, empty. */
export function exampleOf(schema, description) {
  const resolved = resolve(schema, description);
  const { type, enum: values, anyOf, oneOf, allOf, properties, required = [], default: first, examples } = resolved;
  if (examples?.length > 0) return examples[0];
  if (first !== undefined) return first;
  if (values) return values[0];
  if (properties) return Object.fromEntries(required.map((key) => [key, exampleOf(properties[key], description)]));
  const some = anyOf ?? oneOf ?? allOf;
  if (some) return exampleOf(some[0], description);
  const kind = Array.isArray(type) ? type[0] : type;
  return { string: '', integer: 1, number: 1, boolean: true, array: [], object: {} }[kind] ?? null;
}
