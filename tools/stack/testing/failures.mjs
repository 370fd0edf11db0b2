// What failed in the tests of a run, written down as it happens: the summary at the end shows it, however long the output
// before it is. As a reporter of Node's test runner it notes each failure in the file that FAILURES_FILE names.

import fs from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';

/** The variable that names the file of a run's failures. */
export const FAILURES_FILE = 'OURVIDZ_TEST_FAILURES';
// More of a failure than this is in the output of its step.
const LINES = 25;

export const REPORTERS = ['spec', import.meta.filename].flatMap((reporter) => [
  `--test-reporter=${reporter}`,
  '--test-reporter-destination=stdout',
]);

export default async function* noteFailures(events) {
  for await (const { type, data } of events) {
    if (type === 'test:fail' && process.env[FAILURES_FILE]) note(process.env[FAILURES_FILE], data);
  }
  yield '';
}

function note(file, { name, file: from, details: { error } }) {
  // Its tests say it better.
  if (error.failureType === 'subtestsFailed') return;
  const failure = {
    test: name,
    file: path.relative(REPOSITORY_ROOT, from ?? name),
    said: inWords(error.cause ?? error),
  };
  fs.appendFileSync(file, `${JSON.stringify(failure)}\n`);
}

function inWords(error) {
  return inspect(error).split('\n').slice(0, LINES).join('\n');
}

/** The failures that were noted in a file: `[{ test, file, said }]`. */
export function failuresIn(file) {
  if (!fs.existsSync(file)) return [];
  return fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map(JSON.parse);
}
