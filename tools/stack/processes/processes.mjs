// The child processes of one stack: started with a log file and a record on disk, stopped in
// reverse order, and found again by the next start when this process was killed.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { processIdentity, stillRuns } from './identity.mjs';
import { sleep, until } from './waiting.mjs';

// Postgres flushes its buffers and Redis its file on a polite stop; on a busy machine that takes seconds.
const POLITE_STOP_MS = 15_000;
// After SIGKILL only the kernel is between us and the end of the process.
const KILL_MS = 5_000;
const LOG_TAIL_LINES = 15;
const RECORD = '.pid.json';

/** Starts and stops the processes of one stack. */
export class Processes {
  #layout;
  #onUnexpectedExit;
  #running = new Map();

  /** `onUnexpectedExit({ name, code, signal, logFile })` hears of a process that ended by itself. */
  constructor(layout, { onUnexpectedExit = () => {} } = {}) {
    this.#layout = layout;
    this.#onUnexpectedExit = onUnexpectedExit;
  }

  /** The log file of the process `name`. */
  logFile(name) {
    return path.join(this.#layout.logsFolder, `${name}.log`);
  }

  /**
   * Starts a program. It gets its own session, so that Ctrl-C in the terminal reaches only us and
   * we stop everything in order. `stopSignal` is what this program takes as "end cleanly".
   */
  start(name, command, args = [], { stopSignal = 'SIGTERM', politeStopMs = POLITE_STOP_MS, ...options } = {}) {
    if (this.isRunning(name)) throw new Error(`${name} is already running.`);
    const logFile = this.logFile(name);
    keepPreviousLog(logFile);
    const log = fs.openSync(logFile, 'a', 0o600);
    let child;
    try {
      child = spawn(command, args, { cwd: this.#layout.root, ...options, stdio: ['ignore', log, log], detached: true });
    } finally {
      fs.closeSync(log);
    }
    const entry = { name, child, stopSignal, politeStopMs, stopping: false, failure: null };
    entry.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        entry.failure = error;
        resolve();
      });
      child.once('exit', resolve);
    });
    this.#running.set(name, entry);
    if (child.pid !== undefined) this.#record(entry);
    void entry.exited.then(() => this.#forget(entry));
    return child;
  }

  /** Whether the process `name` was started here and has not ended. */
  isRunning(name) {
    return this.#running.has(name);
  }

  /**
   * Waits until `check` holds for a process that was just started. Fails at once when the process
   * ends, with the end of its log, because that is where the reason is.
   */
  async waitUntilReady(name, check, { timeoutMs = 30_000, advice = '' } = {}) {
    const entry = this.#running.get(name);
    const explain = (what) =>
      [`${name} ${what}. The end of ${this.logFile(name)}:`, tail(this.logFile(name)), advice]
        .filter(Boolean)
        .join('\n');
    await until(
      async () => {
        if (!this.#running.has(name)) {
          throw new Error(
            entry?.failure
              ? `${name} could not be started: ${entry.failure.message}`
              : explain('ended while it was starting'),
          );
        }
        return check();
      },
      { timeoutMs, explain: () => explain(`was not ready within ${timeoutMs / 1000} s`) },
    );
  }

  /** Stops one process: politely first, by force when that takes too long. */
  async stop(name) {
    const entry = this.#running.get(name);
    if (!entry) return;
    entry.stopping = true;
    entry.child.kill(entry.stopSignal);
    const politely = await Promise.race([entry.exited.then(() => true), sleepUnref(entry.politeStopMs)]);
    if (!politely) {
      killGroup(entry.child.pid);
      await Promise.race([entry.exited, sleepUnref(KILL_MS)]);
    }
  }

  /** Stops everything but `kept`, the last started first. */
  async stopAllExcept(kept = []) {
    const names = [...this.#running.keys()].filter((name) => !kept.includes(name));
    for (const name of names.reverse()) await this.stop(name);
  }

  /** Asks everything to end, without waiting: for the moment when this process itself is ending. */
  askAllToEnd() {
    for (const { child, stopSignal } of this.#running.values()) child.kill(stopSignal);
  }

  /** Kills everything at once, for somebody who does not want to wait. */
  killAll() {
    for (const entry of this.#running.values()) {
      entry.stopping = true;
      killGroup(entry.child.pid);
    }
  }

  #recordFile(name) {
    return path.join(this.#layout.runFolder, `${name}${RECORD}`);
  }

  #record({ name, child, stopSignal }) {
    const record = { pid: child.pid, identity: processIdentity(child.pid), stopSignal };
    fs.writeFileSync(this.#recordFile(name), JSON.stringify(record), { mode: 0o600 });
  }

  #forget(entry) {
    const { name, child, stopping } = entry;
    if (child.pid !== undefined) killGroup(child.pid);
    this.#running.delete(name);
    fs.rmSync(this.#recordFile(name), { force: true });
    if (stopping || entry.failure) return;
    this.#onUnexpectedExit({ name, code: child.exitCode, signal: child.signalCode, logFile: this.logFile(name) });
  }
}

/**
 * Stops what a killed start process of this stack left behind, and returns the names. Only
 * processes that are provably the recorded ones are touched.
 */
export async function stopLeftovers(layout) {
  const stopped = [];
  // All are read before any is stopped: a start that begins meanwhile writes records of its own.
  for (const { name, recordFile, record } of readRecords(layout)) {
    if (record && stillRuns(record)) {
      await stopRecorded(record, recordFile);
      stopped.push(name);
    }
    if (readRecord(recordFile)?.pid === record?.pid) fs.rmSync(recordFile, { force: true });
  }
  return stopped;
}

function readRecords(layout) {
  const files = fs.existsSync(layout.runFolder) ? fs.readdirSync(layout.runFolder) : [];
  return files
    .filter((file) => file.endsWith(RECORD))
    .map((file) => {
      const recordFile = path.join(layout.runFolder, file);
      return { name: path.basename(file, RECORD), recordFile, record: readRecord(recordFile) };
    });
}

/**
 * Starts what stops this stack's processes if this process dies before it could. Ends with this process, and has no
 * part in a stack that was stopped in order.
 */
export function startGuardian(layout) {
  const script = fileURLToPath(new URL('guardian.mjs', import.meta.url));
  const options = { stdio: ['pipe', 'ignore', 'ignore'], detached: true };
  const guardian = spawn(process.execPath, [script, layout.root], options);
  // Without it a killed stack is cleaned up by its next start.
  guardian.once('error', () => {});
  guardian.stdin?.on('error', () => {});
  guardian.stdin?.unref();
  guardian.unref();
  return guardian;
}

/** The last lines of a log file, for error messages. */
export function tail(file, lines = LOG_TAIL_LINES) {
  try {
    return fs
      .readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-lines)
      .map((line) => `  ${line}`)
      .join('\n');
  } catch {
    return '  (there is no log)';
  }
}

async function stopRecorded(record, recordFile) {
  const gone = () => !stillRuns(record);
  signal(record.pid, record.stopSignal);
  try {
    await until(gone, { timeoutMs: POLITE_STOP_MS });
  } catch {
    killGroup(record.pid);
    await until(gone, {
      timeoutMs: KILL_MS,
      explain: () => `Process ${record.pid} (see ${recordFile}) does not end. Stop it by hand and start again.`,
    });
  }
}

function readRecord(file) {
  try {
    const { pid, identity, stopSignal } = JSON.parse(fs.readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 1 ? { pid, identity, stopSignal } : null;
  } catch {
    // Half written when the machine went down: there is nothing to learn from it.
    return null;
  }
}

// One earlier log is kept: after a crash it is the one that tells why.
function keepPreviousLog(logFile) {
  if (fs.existsSync(logFile)) fs.renameSync(logFile, logFile.replace(/\.log$/, '.previous.log'));
}

// A child leads its own process group, so this also ends what the child has started itself.
function killGroup(pid) {
  if (pid !== undefined) signal(-pid, 'SIGKILL');
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    // Gone already, or by now somebody else's: either way nothing of ours is left to stop.
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
  }
}

function sleepUnref(milliseconds) {
  return sleep(milliseconds, { unref: true }).then(() => false);
}
