// How SQL is written: the house's own form, for no formatter keeps it or looks into a function's body.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishedFiles, read } from './support.mjs';

const WIDTH = 120;
const KEYWORDS =
  'ALTER|AND|AS|BEGIN|BY|CASE|CREATE|DECLARE|DELETE|DO|ELSE|END|EXISTS|FOR|FROM|FUNCTION|GRANT|GROUP|IF|IN|INDEX|INSERT|' +
  'INTO|IS|JOIN|LANGUAGE|LIMIT|NOT|NULL|ON|OR|ORDER|PERFORM|RETURN|RETURNING|RETURNS|REVOKE|SELECT|SET|TABLE|THEN|TO|' +
  'UNION|UPDATE|USING|VALUES|WHEN|WHERE|WITH';

const RULES = [
  ['a line is at most 120 columns wide', (line) => line.length > WIDTH],
  ['no tabs, no spaces at the end', (line) => /\t|\s$/.test(line)],
  ['steps of two spaces', (line) => /^( {2})* (?! )/.test(line)],
  ['keywords in small letters', (line) => new RegExp(`\\b(${KEYWORDS})\\b`).test(line)],
  ['one space after a comma, none before', (line) => / ,|,(?!\s|$)/.test(line)],
  ['<> instead of !=', (line) => line.includes('!=')],
  ['a comment begins with a space', (_code, whole) => /^\s*--(?! |$)/.test(whole)],
];

const sources = publishedFiles().filter((file) => /^(supabase\/schemas|tests\/sql\/upgrades)\/.*\.sql$/.test(file));

/** The faults of a text, with the numbers of their lines. */
function faults(text) {
  const found = text.split('\n').flatMap((whole, index) => {
    const code = withoutWords(whole);
    return RULES.filter(([, isBroken]) => isBroken(code, whole)).map(([rule]) => `${index + 1}: ${rule}`);
  });
  if (/\n\n\n/.test(text)) found.push('two empty lines');
  if (!text.endsWith('\n') || text.endsWith('\n\n')) found.push('one line break at the end');
  // A body is written as a function's last clause, between lines of their own.
  if (/\$\$/.test(text) && !/^(as|do) \$\$$/m.test(text)) found.push('the body begins on a line of its own');
  return found;
}

// What a string or a comment says is not looked at; it stays as wide as it is.
function withoutWords(line) {
  return line
    .replace(/'(?:[^']|'')*'?/g, (text) => 'x'.repeat(text.length))
    .replace(/--.*[^\s].*/, (text) => '-'.repeat(text.length));
}

test('there is something to look at', () => {
  assert.ok(sources.length > 180, `${sources.length}`);
});

test('SQL is written in one form', () => {
  assert.deepEqual(
    sources.flatMap((file) => faults(read(file)).map((fault) => `${file}:${fault}`)),
    [],
  );
});

test('each rule finds what it is about', () => {
  const broken = [
    `select ${'a'.repeat(WIDTH)}`,
    'select 1 ',
    '   select 1',
    'SELECT 1',
    'select 1,2',
    "select 'SELECT' != 1",
    '--select',
  ];
  assert.deepEqual(
    broken.map((line) => faults(`${line}\n`)),
    RULES.map(([rule]) => [`1: ${rule}`]),
  );
  assert.deepEqual(faults("-- SELECT, and a comment,too\n  and x = 'A,B  ' and not y\n"), []);
});
