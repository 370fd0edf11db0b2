// What the page says to people stands in scripts/texts alone, a module for each part of the page, so that a part that is
// loaded later brings its own; and the language writes dates and numbers, by Intl.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STYLES } from '../../shared/studio/public/scripts/net/tables.generated.js';
import { texts as ofTheForm } from '../../shared/studio/public/scripts/texts/composer.js';
import { texts as ofTheDocs } from '../../shared/studio/public/scripts/texts/docs.js';
import { publishedFiles, read } from './support.mjs';

const SCRIPTS = 'shared/studio/public/scripts/';
const TEXTS = `${SCRIPTS}texts/`;
const FORMAT = `${SCRIPTS}base/format.js`;
const modules = publishedFiles().filter((file) => file.startsWith(SCRIPTS) && file.endsWith('.js'));
const speaking = modules.filter((file) => !file.startsWith(TEXTS));

// A comment, a regular expression behind what cannot be divided, or a text; only texts are kept.
const TOKEN =
  /\/\/.*|\/\*[\s\S]*?\*\/|(?<=[(,=:[!&|?{};]\s*)\/(?:\\.|\[(?:\\.|[^\]])*\]|[^/\\\n])+\/[a-z]*|('(?:\\.|[^'\\])*'|`(?:\\.|\$\{(?:[^`{}]|`[^`]*`|\{[^}]*\})*\}|[^`\\])*`)/g;
const READS_AS_TEXT = /^\s*[A-Z“][a-z]|[a-z,:] [a-z“]/;
// What stands before a text that only programs, or those who look for a fault, read.
const FOR_PROGRAMS =
  /(?:from |import\(|(?:querySelector(?:All)?|closest|matches|matchMedia|startsWith|Error|info)\(|className = (?:[^;\n]*[?:] )?|(?:class|autocomplete|'aria-describedby'|'aria-keyshortcuts'|transform): |authorization(?:: | = )|\bkey === (?:'\w+' \? )?)$/;
const LONGEST_BEFORE = 80;
// A key as it is printed on a keyboard, the name of the product, a type, a drawing's path, where something is put.
const NAMES =
  /^[`'](?:(?:Enter|Escape|Arrow\w+|Space|Del|Cmd|Ctrl|Shift|Files|OurVidz)'$|Array<\$\{|M\$\{|translate\()/;

/** The texts for people in a module. */
function sentencesIn(source) {
  return [...source.matchAll(TOKEN)]
    .filter(({ 1: text }) => text && READS_AS_TEXT.test(text.slice(1, -1).replace(/\$\{[^}]*\}/g, '')))
    .filter(({ 1: text, index }) => !isForPrograms(source.slice(0, index), text))
    .map(({ 1: text }) => text);
}

function isForPrograms(before, text) {
  return NAMES.test(text) || FOR_PROGRAMS.test(before.slice(-LONGEST_BEFORE));
}

test('a text that is written where it is said is found', () => {
  assert.deepEqual(sentencesIn("notice('It is gone.'); element('p', { class: 'small muted' }, `some files …`);"), [
    "'It is gone.'",
    '`some files …`',
  ]);
  assert.deepEqual(sentencesIn("button('Delete'); say(isLate ? 'any moment' : `Made in time`); // It is 'Late'"), [
    "'Delete'",
    "'any moment'",
    '`Made in time`',
  ]);
  assert.deepEqual(
    sentencesIn("node.querySelector('.a b c'); event.key.startsWith('Arrow'); throw new Error('it is gone');"),
    [],
  );
});

test('every text for people stands among the texts', () => {
  const found = speaking.flatMap((file) => sentencesIn(read(file)).map((text) => `${file}: ${text}`));
  assert.deepEqual(found, []);
});

test('every text is said somewhere', () => {
  const said = modules.map((file) => read(file)).join('\n');
  const unsaid = modules
    .filter((file) => file.startsWith(TEXTS))
    .flatMap((file) => [...read(file).matchAll(/^ {2}(\w+):/gm)].map(([, name]) => `${file}: ${name}`))
    .filter((entry) => !new RegExp(`\\btexts\\.${entry.split(': ')[1]}\\b`).test(said));
  assert.deepEqual(unsaid, []);
});

test('what the tables and the description name has a text, and nothing else', () => {
  const { securitySchemes } = JSON.parse(read('docs/openapi.json')).components;
  assert.deepEqual(Object.keys(ofTheForm.styles).sort(), [...STYLES].sort());
  assert.deepEqual(Object.keys(ofTheDocs.callers).sort(), Object.keys(securitySchemes).sort());
});

test('dates and numbers are written by the language, in one place', () => {
  const others = modules.filter((file) => file !== FORMAT);
  const found = others.flatMap((file) =>
    [...read(file).matchAll(/\bIntl\.|toLocale(?!LowerCase|UpperCase)\w+\(/g)].map(([what]) => `${file}: ${what}`),
  );
  assert.deepEqual(found, []);
  assert.doesNotMatch(read(FORMAT), /'en'/);
});
