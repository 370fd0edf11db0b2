// A public type has a name of its own in the whole workspace: a search for the name finds one thing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishedFiles, read } from './support.mjs';

const TYPE = /^\s*pub (?:struct|enum|trait|type|union) (\w+)/gm;
const IS_TEST = /(^|\/)(tests|benches|examples)\/|(^|[/_])tests\.rs$/;

/** The names that more than one of these sources gives to a public type, with the files. */
function repeatedTypes(sources) {
  const files = new Map();
  for (const [file, text] of sources) {
    for (const [, name] of text.matchAll(TYPE)) {
      files.set(name, [...(files.get(name) ?? []), file]);
    }
  }
  return [...files].filter(([, where]) => where.length > 1).map(([name, where]) => `${name}: ${where.join(', ')}`);
}

test('public types have names of their own', () => {
  const sources = publishedFiles()
    .filter((file) => file.endsWith('.rs') && !IS_TEST.test(file))
    .map((file) => [file, read(file)]);
  assert.ok(sources.length > 300, `only ${sources.length} sources were found`);
  assert.deepEqual(repeatedTypes(sources), [], 'call one of them by what it is an outcome, a request, a kind of');
});

test('a repeated name would be found', () => {
  const sources = [
    ['a.rs', 'pub struct Outcome;\npub(crate) enum Phase {}\n'],
    ['b.rs', '    pub enum Outcome {}\nstruct Phase;\npub type Grid = [usize; 3];\n'],
  ];
  assert.deepEqual(repeatedTypes(sources), ['Outcome: a.rs, b.rs']);
});
