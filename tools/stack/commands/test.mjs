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
import { FAILURES_FILE, failuresIn } from '../testing/failures.mjs';
import { inLanes } from '../testing/lanes.mjs';
import { testPlan } from '../testing/plan.mjs';

// A run in which more tests failed than this is red: each that needs a second look is a defect, of itself or of the product.
const SECOND_LOOKS = 2;

const { values: flags } = parseFlags();
const plan = testPlan();
if (flags.list) {
  console.log(plan.map(listed).join('\n'));
  process.exit(0);
}

const chosen = chosenSteps(plan, flags);
const alone = flags.only !== undefined;
const begin = performance.now();
// A step of another lane runs in a process of its own, and notes its failures with those of the run.
const isWhole = process.env[FAILURES_FILE] === undefined;
if (isWhole) process.env[FAILURES_FILE] = path.join(os.tmpdir(), `ourvidz-test-${process.pid}-failures.jsonl`);
const results = [];
for (const step of chosen.filter(({ required }) => alone || required)) {
  results.push(await carryOut(step));
  // What a step before has not installed, no later step can use.
  if (results.at(-1).failure && step.required) break;
}
const ready = results.every(({ failure }) => !failure);
// Named steps are done one after the other: whoever names them wants to read what they say.
const inLane = ready && !alone ? chosen.filter(({ required }) => !required) : [];
results.push(...(await inLanes(inLane, inItsLane)));
const failures = failuresIn(process.env[FAILURES_FILE]);
if (isWhole) await lookAgain();
const passed = report(results, seconds(begin));
if (isWhole) {
  tell(failures);
  fs.rmSync(process.env[FAILURES_FILE], { force: true });
}
if (passed && !alone && !flags.fast) recordTested();
process.exitCode = passed ? 0 : 1;

function parseFlags() {
  try {
    return parseArgs({ options: { fast: { type: 'boolean' }, only: { type: 'string' }, list: { type: 'boolean' } } });
  } catch (error) {
    console.error(`${error.message}\nUsage: npm test -- [--fast] [--only step,step] [--list]`);
    process.exit(2);
  }
}

function listed({ name, slow, asked }) {
  if (asked) return `${name} (only by name)`;
  return slow ? `${name} (not with --fast)` : name;
}

function chosenSteps(steps, { fast, only }) {
  if (only === undefined) return steps.filter(({ asked, slow }) => !asked && !(fast && slow));
  const wanted = only.split(',').map((name) => name.trim());
  const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    console.error(`There is no step "${unknown.join('", "')}". There are: ${steps.map(({ name }) => name).join(', ')}`);
    process.exit(2);
  }
  return steps.filter(({ name }) => wanted.includes(name));
}

async function carryOut({ name, run, files }) {
  console.log(`\n=== ${name}`);
  return timed(name, () => run(files));
}

/** The first lane can be watched. A step of another one runs in a process of its own, and is printed when it ends. */
async function inItsLane(step) {
  if (step.lane === undefined) return carryOut(step);
  const log = path.join(os.tmpdir(), `ourvidz-test-${process.pid}-${step.name.replaceAll(' ', '-')}.log`);
  const result = await timed(step.name, () => run(process.execPath, [process.argv[1], '--only', step.name], { log }));
  console.log(fs.readFileSync(log, 'utf8'));
  fs.rmSync(log);
  return result;
}

/**
 * Does again, with nothing beside them, the few journeys that failed on a busy machine. They stay in the summary: what
 * passes only alone is to be mended.
 */
async function lookAgain() {
  for (const result of results.filter(({ failure }) => failure)) {
    const { name, files = [], run } = plan.find((step) => step.name === result.name);
    const failed = failures.filter(({ file }) => files.includes(file));
    if (failed.length === 0 || failed.length > SECOND_LOOKS) continue;
    const again = [...new Set(failed.map(({ file }) => file))];
    const { failure, seconds } = await carryOut({ name: `${name}: a second look, alone`, run, files: again });
    result.seconds += seconds;
    result.failure = failure;
    result.again = failed.map(({ test }) => test);
  }
}

async function timed(name, work) {
  const begin = performance.now();
  try {
    await work();
    return { name, seconds: seconds(begin) };
  } catch (failure) {
    console.error(`FAILED: ${name}: ${failure.message}`);
    return { name, seconds: seconds(begin), failure };
  }
}

function seconds(begin) {
  return (performance.now() - begin) / 1000;
}

/** Prints the table and returns whether all is well. */
function report(results, total) {
  console.log('\n=== summary');
  for (const { name, seconds, failure, again } of results) {
    const note = again ? `, a second look at: ${again.join('; ')}` : '';
    console.log(`  ${failure ? '✗' : '✓'} ${name.padEnd(20)} ${seconds.toFixed(1).padStart(7)} s${note}`);
  }
  const failed = results.filter(({ failure }) => failure);
  console.log(
    `  ${failed.length === 0 ? 'all passed' : `failed: ${failed.map(({ name }) => name).join(', ')}`}, ${total.toFixed(1)} s`,
  );
  return failed.length === 0;
}

function tell(failures) {
  for (const { test, file, said } of failures) console.log(`\n✖ ${file}: ${test}\n${said}`);
}
