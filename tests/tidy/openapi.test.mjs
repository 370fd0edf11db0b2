// docs/openapi.json: valid OpenAPI, complete, and true of the golden requests and replies. That it is made of
// the present types, `cargo test` checks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { readFunctions } from '../../tools/stack/build/functions.mjs';
import { list, read } from './support.mjs';

const document = JSON.parse(read('docs/openapi.json'));
const METHODS = ['get', 'post', 'patch', 'put', 'delete'];
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  METHODS.filter((method) => method in methods).map((method) => ({ path, method, ...methods[method] })),
);

// schemars notes the width of Rust's integers, which are no formats of JSON Schema.
const RUST_FORMATS = ['uint8', 'uint16', 'uint32', 'uint64', 'int64', 'double'];
const ajv = new Ajv2020({ strict: false, formats: Object.fromEntries(RUST_FORMATS.map((format) => [format, true])) });
addFormats.default(ajv);
ajv.addSchema(document, 'openapi.json');

/** Why a value does not fit the schema at a JSON pointer; null when it does. */
function misfit(pointer, value) {
  const validate = ajv.getSchema(`openapi.json#${pointer}`);
  assert.ok(validate, `docs/openapi.json has nothing at ${pointer}`);
  return validate(value) ? null : ajv.errorsText(validate.errors);
}

function pointerTo(...parts) {
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

test('it is valid OpenAPI', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors, null, 2));
});

test('the rates are those of the code, in OpenAPI and in docs/API.md', () => {
  const [limits, enhance, strikes] = [
    'shared/core/src/limits.rs',
    'shared/core/src/enhance/limit.rs',
    'supabase/schemas/prompts/record_policy_event.sql',
  ].map(read);
  const number = (text, pattern) => text.match(pattern)[1];
  const rate = (name) => number(limits, new RegExp(`pub const ${name}: u32 = (\\d+);`));
  const expected = {
    requests: rate('REQUESTS_PER_MINUTE'),
    orders: rate('MAX_JOBS_PER_MINUTE'),
    unfinished: rate('MAX_ACTIVE_JOBS'),
    enhancements: number(enhance, /MAX_PER_MINUTE: u32 = (\d+);/),
    free: number(strikes, /c_free_strikes constant integer := (\d+);/),
    most: number(strikes, /c_most_strikes constant integer := (\d+);/),
  };
  assert.match(
    strikes,
    /c_first_pause constant interval := '1 minute';\s+c_longest_pause constant interval := '1 hour';/,
  );
  const told = {
    requests: /(\d+) requests a minute/,
    orders: /(\d+) (?:of them orders|submits)/,
    unfinished: /(\d+) unfinished jobs/,
    enhancements: /(\d+) (?:for )?better prompts/,
    free: /content policy may refuse (\d+) texts/,
    most: /1, 2, 4 and up to 60 minutes.* after (\d+) an operator has to look/s,
  };
  for (const text of [document.info.description, read('docs/API.md')])
    assert.deepEqual(Object.fromEntries(Object.entries(told).map(([name, is]) => [name, number(text, is)])), expected);
  for (const [name, { headers }] of Object.entries(document.components.responses))
    if (name.includes('rate_limited')) assert.ok(headers['retry-after'] && headers.ratelimit, name);
});

test('it describes every route of the edge, and no other', () => {
  const table = read('functions/api/src/lib.rs').matchAll(/^\s+\[([^\]]+)\] => \w+::/gm);
  const routes = [...table].map(([, parts]) =>
    parts
      .split(', ')
      .map((part) => (part.startsWith('"') ? part.slice(1, -1) : `{${part}}`))
      .join('/'),
  );
  assert.ok(routes.length > 5, 'the route table was not found');
  const functions = readFunctions().filter(
    ({ name, routes: paths }) => !['api', 'openai', 'mcp'].includes(name) && paths.length > 0,
  );
  const expected = [
    // Where others look for them, which is not below our own prefix.
    ...routes.map((route) => (/^(llms|\.well-known\/security)\.txt$/.test(route) ? `/${route}` : `/api/${route}`)),
    ...functions.map(({ name }) => `/functions/v1/${name}`),
    // What a function serves beside its first path.
    '/api/jobs/{id}/events',
    '/api/events/ticket',
    '/functions/v1/generate-admin-image/{file}',
    // OpenAI's.
    '/v1/images/generations',
    '/v1/videos',
    '/v1/videos/{id}',
    '/v1/videos/{id}/content',
    '/v1/models',
    '/v1/models/{name}',
    '/mcp',
  ];
  assert.deepEqual(Object.keys(document.paths).sort(), expected.sort());
});

test('every operation has a name of its own', () => {
  const names = operations.map(({ operationId }) => operationId);
  assert.deepEqual(names, [...new Set(names)]);
});

test('every error code is described', () => {
  const described = new Set(Object.keys(document.components.responses).flatMap((name) => name.split('-or-')));
  const { oneOf, enum: listed } = document.components.schemas.Code;
  const codes = listed ?? oneOf.flatMap(({ const: single, enum: some }) => some ?? [single]);
  assert.deepEqual(
    codes.filter((code) => !described.has(code)),
    [],
  );
});

for (const { path, method, requestBody, responses } of operations) {
  const folder = `tests/fixtures/${path.split('/').at(-1)}`;
  const cases =
    path.startsWith('/functions/') && method === 'post'
      ? list(folder).filter((file) => file.endsWith('.reply.json'))
      : [];
  for (const file of cases) {
    const name = file.replace('.reply.json', '');
    const reply = JSON.parse(read(`${folder}/${file}`));

    test(`${path}: the reply of ${name} is as described`, () => {
      const described = responses[reply.status];
      assert.ok(described, `${reply.status} is not described`);
      if (reply.status === 204) return;
      const pointer = described.$ref?.slice(1) ?? pointerTo('paths', path, method, 'responses', `${reply.status}`);
      assert.equal(misfit(`${pointer}${pointerTo('content', 'application/json', 'schema')}`, reply.body), null);
    });

    if (reply.status < 300) {
      test(`${path}: the request of ${name} is as described`, () => {
        const schema = requestBody.content['application/json'].schema.$ref.slice(1);
        assert.equal(misfit(schema, bodyOf(JSON.parse(read(`${folder}/${name}.request.json`)))), null);
      });
    }
  }
}

/** Some golden requests are the body alone, others the whole request. */
function bodyOf(request) {
  return request.body ?? request;
}
