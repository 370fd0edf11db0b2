// `npm test`: installs what the tests need, runs everything, and says at the end what passed and how long it took.
//   --fast            leaves out the browser, the release build and the end-to-end tests
//   --only a,b        only these steps (and no installing)
//   --list            the names of the steps

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { recordTested } from '../../release/repository.mjs';
import { run } from '../processes/run.mjs';
import { testPlan } from '../testing/plan.mjs';

const { values: flags } = parseFlags();
const plan = testPlan();
if (flags.list) {
  console.log(plan.map(({ name, slow }) => (slow ? `${name} (not with --fast)` : name)).join('\n'));
  process.exit(0);
}

const chosen = chosenSteps(plan, flags);
// Named steps are done one after the other: whoever names them wants to read what they say.
const besides = flags.only === undefined ? chosen.filter(({ beside }) => beside) : [];
const steps = chosen.filter((step) => !besides.includes(step));
const lastBuild = steps.findIndex(({ name }) => name === 'build');

const results = [];
let asides;
for (const [index, step] of steps.entries()) {
  results.push(await carryOut(step));
  // What a step before has not installed, no later step can use.
  if (results.at(-1).failure && step.required) break;
  if (index === lastBuild && besides.length > 0) asides = inBackground(besides);
}
if (asides) results.push(await asides);
const passed = report(results);
if (passed && flags.only === undefined && !flags.fast) recordTested();
process.exitCode = passed ? 0 : 1;

function parseFlags() {
  try {
    return parseArgs({ options: { fast: { type: 'boolean' }, only: { type: 'string' }, list: { type: 'boolean' } } });
  } catch (error) {
    console.error(`${error.message}\nUsage: npm test -- [--fast] [--only step,step] [--list]`);
    process.exit(2);
  }
}

function chosenSteps(steps, { fast, only }) {
  if (only === undefined) return fast ? steps.filter(({ slow }) => !slow) : steps;
  const wanted = only.split(',').map((name) => name.trim());
  const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    console.error(`There is no step "${unknown.join('", "')}". There are: ${steps.map(({ name }) => name).join(', ')}`);
    process.exit(2);
  }
  return steps.filter(({ name }) => wanted.includes(name));
}

async function carryOut({ name, run }) {
  console.log(`\n=== ${name}`);
  const begin = performance.now();
  try {
    await run();
    return { name, seconds: (performance.now() - begin) / 1000 };
  } catch (failure) {
    console.error(`FAILED: ${name}: ${failure.message}`);
    return { name, seconds: (performance.now() - begin) / 1000, failure };
  }
}

/** These steps in a process of their own, whose output is printed in one piece when it has ended. */
function inBackground(steps) {
  const names = steps.map(({ name }) => name).join(',');
  const log = path.join(os.tmpdir(), `ourvidz-test-${process.pid}.log`);
  const done = carryOut({
    name: names,
    run: () => run(process.execPath, [process.argv[1], '--only', names], { log }),
  });
  return done.then((result) => {
    console.log(fs.readFileSync(log, 'utf8'));
    fs.rmSync(log);
    return result;
  });
}

/** Prints the table and returns whether all is well. */
function report(results) {
  const total = results.reduce((sum, { seconds }) => sum + seconds, 0);
  console.log('\n=== summary');
  for (const { name, seconds, failure } of results) {
    console.log(`  ${failure ? '✗' : '✓'} ${name.padEnd(20)} ${seconds.toFixed(1).padStart(7)} s`);
  }
  const failed = results.filter(({ failure }) => failure);
  console.log(
    `  ${failed.length === 0 ? 'all passed' : `failed: ${failed.map(({ name }) => name).join(', ')}`}, ${total.toFixed(1)} s`,
  );
  return failed.length === 0;
}
