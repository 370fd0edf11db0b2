// Every decision is a record of its own, with a number, a date and a status, and the index lists them all.
// UPDATE_SNAPSHOTS=1 writes the index anew.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { list, ROOT, read } from './support.mjs';

const FOLDER = 'docs/decisions';
const INDEX = `${FOLDER}/README.md`;
const STATUS = /^(accepted|superseded by \[(\d{4})\]\((\d{4}-[a-z0-9-]+\.md)\))$/;
// A record that needs more than this is a design document.
const LONGEST_RECORD_LINES = 30;

const records = list(FOLDER)
  .filter((file) => file !== 'README.md')
  .map((file) => ({ file, ...parts(read(`${FOLDER}/${file}`)) }));

/** The parts of a record that programs read; each is undefined where it is missing. */
function parts(text) {
  const [, number, title] = /^# (\d{4})\. (.+)$/m.exec(text) ?? [];
  const [, date] = /^- Date: (\d{4}-\d{2}-\d{2})$/m.exec(text) ?? [];
  const [, status] = /^- Status: (.+)$/m.exec(text) ?? [];
  return { text, number, title, date, status };
}

/** The index as it should be: what stands before the list is kept. */
function indexOf(current) {
  const head = current.split(/^- \[\d{4}\]/m)[0];
  const items = records.map(
    ({ file, number, title, date, status }) => `- [${number}](${file}) ${title} (${date}, ${status})`,
  );
  return `${head}${items.join('\n')}\n`;
}

test('the numbers have no gap, and each file is named by its number', () => {
  assert.ok(records.length > 0);
  for (const [index, { file, number }] of records.entries()) {
    assert.match(file, /^\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.md$/);
    assert.equal(number, String(index + 1).padStart(4, '0'), file);
    assert.ok(file.startsWith(`${number}-`), file);
  }
});

test('each has a title, a date that exists and is not to come, and a status', () => {
  const tomorrow = Date.now() + 24 * 60 * 60 * 1000;
  for (const { file, title, date, status } of records) {
    assert.ok(title, `${file}: the first line is \`# NNNN. title\``);
    const day = new Date(`${date}T00:00:00Z`);
    assert.ok(
      !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date) && day.getTime() < tomorrow,
      `${file}: ${date}`,
    );
    assert.match(status ?? '', STATUS, file);
  }
});

test('what superseded a record is there, and is newer', () => {
  for (const { file, number, status } of records) {
    const [, , by, target] = STATUS.exec(status) ?? [];
    if (by === undefined) continue;
    assert.ok(Number(by) > Number(number), file);
    assert.ok(
      records.some((other) => other.number === by && other.file === target),
      `${file}: ${target}`,
    );
  }
});

test('a record is short', () => {
  const long = records.filter(({ text }) => text.split('\n').length > LONGEST_RECORD_LINES).map(({ file }) => file);
  assert.deepEqual(long, []);
});

test('the index lists every record', () => {
  const expected = indexOf(read(INDEX));
  if (process.env.UPDATE_SNAPSHOTS === '1') fs.writeFileSync(path.join(ROOT, INDEX), expected);
  assert.equal(read(INDEX), expected, 'UPDATE_SNAPSHOTS=1 node --test tests/tidy/decisions.test.mjs');
});
