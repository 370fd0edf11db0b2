// No circles: the modules of a crate use each other in one direction, so that each can be read by itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { circles } from './modules.mjs';
import { publishedFiles, read } from './support.mjs';

const crates = new Map();
for (const file of publishedFiles()) {
  const [, crate, module] = /^(.+)\/src\/(.+\.rs)$/.exec(file) ?? [];
  if (crate !== undefined) crates.set(crate, { ...crates.get(crate), [module]: read(file) });
}

test('there are crates to look at, and their modules are seen using each other', () => {
  assert.ok(crates.size > 20, `${crates.size}`);
  const core = crates.get('shared/core');
  const closed = { ...core, 'error.rs': `use crate::wire::submit::SubmitRequest;\n${core['error.rs']}` };
  assert.ok(circles(closed).some(({ members }) => members.includes('error.rs') && members.includes('wire/submit.rs')));
});

for (const [crate, files] of crates) {
  test(`${crate}: no circle`, () => {
    assert.deepEqual(
      circles(files).flatMap(({ ties }) => ties),
      [],
    );
  });
}

const CLOSED = {
  'two files': { 'a.rs': 'use crate::b::B;', 'b.rs': 'use super::a;\nfn f() { a::g(); }' },
  'a path in the code': { 'a.rs': 'fn f() { crate::b::g(); }', 'b.rs': 'fn h(_: crate::a::A) {}' },
  'three files and braces': {
    'a.rs': 'use crate::{b::{B, C}, d};',
    'b.rs': 'use super::c::D;',
    'c.rs': 'pub use crate::a::A;',
  },
  'a name that the root hands on': {
    'lib.rs': 'pub use a::A;',
    'a.rs': 'use crate::b::B;\nstruct A;',
    'b.rs': 'use crate::A;',
  },
  'a name behind a star': {
    'x/mod.rs': 'mod a;\npub use a::*;',
    'x/a.rs': 'use crate::b::B;\npub struct A;',
    'b.rs': 'use crate::x::A;',
  },
  'another name for it': { 'a.rs': 'use crate::b as other;\nfn f() { other::g(); }', 'b.rs': 'use crate::a::A;' },
};

for (const [name, files] of Object.entries(CLOSED)) {
  test(`a circle is found: ${name}`, () => {
    assert.equal(circles({ 'lib.rs': '', ...files }).length, 1);
  });
}

const OPEN = {
  'one direction': { 'a.rs': 'use crate::b::B;', 'b.rs': 'use crate::c::C;', 'c.rs': '' },
  'a module and what it is made of': {
    'a/mod.rs': 'mod b;\nuse b::B;\npub struct A;',
    'a/b.rs': 'use super::A;\npub struct B;',
  },
  'only its test': {
    'a.rs': 'use crate::b::B;',
    'b.rs': 'pub struct B;\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}',
  },
  'a test’s file': { 'a.rs': 'use crate::b::B;', 'b/mod.rs': 'pub struct B;', 'b/tests.rs': 'use crate::a::A;' },
  'only words': { 'a.rs': 'use crate::b::B;', 'b.rs': '// crate::a::A\nconst B: &str = "crate::a::A";' },
  'another crate’s module of that name': { 'a.rs': 'use crate::b::B;', 'b.rs': 'use other::a::A;' },
};

for (const [name, files] of Object.entries(OPEN)) {
  test(`no circle: ${name}`, () => {
    assert.deepEqual(circles({ 'lib.rs': '', ...files }), []);
  });
}
