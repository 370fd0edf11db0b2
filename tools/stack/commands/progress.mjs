// One line for each step of a start, with its time. Steps may overlap.

import { tail } from '../processes/processes.mjs';

/** Prints a line when a step is done; a failed step tells its log's end and what to do. */
export class Progress {
  #out;
  #silent = false;

  constructor(out = process.stdout) {
    this.#out = out;
  }

  /** Does `work`. It may return `false` for "there was nothing to do". */
  async step(name, work, advice = '') {
    const begin = performance.now();
    try {
      const result = await work();
      this.done(name, performance.now() - begin, result === false ? '(already there)' : '');
      return result;
    } catch (error) {
      this.failed(name, error, advice);
      throw error;
    }
  }

  /** A step that somebody else has timed. */
  done(name, milliseconds, note = '') {
    if (this.#silent) return;
    const seconds = (milliseconds / 1000).toFixed(1).padStart(6);
    const line = `  ✓ ${name.padEnd(22)} ${seconds} s  ${note}`;
    this.#out.write(`${line.trimEnd()}\n`);
  }

  /** The first failure is the reason; what stops because of it is not worth a line. */
  failed(name, error, advice = '') {
    if (this.#silent) return;
    this.#silent = true;
    const lines = [`  ✗ ${name}: ${error.message}`];
    if (error.log) lines.push(`The end of ${error.log}:`, tail(error.log));
    if (advice) lines.push(advice);
    this.#out.write(`${lines.join('\n')}\n`);
  }

  /** Something that a person should know. */
  note(text) {
    if (!this.#silent) this.#out.write(`  ${text}\n`);
  }

  /** Nothing more: somebody asked for the end. */
  silence() {
    this.#silent = true;
  }
}
