// One name through everything: a function is a folder, an environment of wrangler.toml, its paths, a
// folder of fixtures, a line in the API's description, and a test that calls it.

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readFunctions } from '../../tools/stack/build/functions.mjs';
import { PAGE_OUTPUT } from '../../tools/stack/build/page.mjs';
import { exists, list, ROOT, read } from './support.mjs';

const functions = readFunctions();
const apiDocument = exists('docs/API.md') ? read('docs/API.md') : '';
const endToEnd = ['tests/journeys', 'tests/functions']
  .flatMap((folder) => list(folder).map((file) => `${folder}/${file}`))
  .filter((file) => file.endsWith('.mjs'))
  .map(read)
  .join('\n');

test('wrangler.toml and functions/ name the same functions', () => {
  assert.deepEqual(functions.map(({ name }) => name).sort(), list('functions'));
});

for (const { name, worker, main, flags, routes, crons } of functions) {
  const isCalled = routes.length > 0;
  // What a custom domain takes is everything that no other function's route names.
  const takesTheRest = routes.includes('/*');

  test(`${name}: its worker and its build are named like it`, () => {
    assert.equal(worker, `ourvidz-${name}`);
    assert.ok(main.endsWith(`/build/${name}/index.js`), main);
  });

  test(`${name}: its calls go by the public internet alone`, () => {
    assert.ok(flags.includes('global_fetch_strictly_public'), flags.join());
  });

  test(`${name}: it has its two paths, or a cron trigger`, () => {
    if (!isCalled) assert.notDeepEqual(crons, []);
    // What it speaks has paths of its own.
    else if (name === 'openai') assert.deepEqual(routes, ['/v1/*']);
    else if (name === 'mcp') assert.deepEqual(routes, ['/mcp*']);
    else if (!takesTheRest) assert.deepEqual(routes, [`/functions/v1/${name}*`, `/api/${name}*`]);
  });

  test(`${name}: docs/API.md tells about it`, () => {
    assert.ok(
      new RegExp(`(^|[^a-z-])${name}([^a-z-]|$)`, 'm').test(apiDocument),
      `docs/API.md does not mention ${name}`,
    );
  });

  test(`${name}: an end-to-end test uses it`, () => {
    const used = takesTheRest ? /\/api\// : new RegExp(`[/'"\`]${name}\\b`);
    assert.ok(used.test(endToEnd), `no file of tests/journeys or tests/functions matches ${used}`);
  });

  if (isCalled) {
    test(`${name}: it has fixtures`, () => {
      assert.ok(list(`tests/fixtures/${name}`).length > 0, `tests/fixtures/${name} is empty or missing`);
    });
  }
}

test('one function takes what no route names, and serves the page', () => {
  const rest = functions.filter(({ routes }) => routes.includes('/*'));
  assert.deepEqual(
    rest.map(({ name }) => name),
    ['api'],
  );
  assert.equal(path.resolve(ROOT, rest[0].assets), PAGE_OUTPUT);
});
