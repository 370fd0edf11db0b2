// A whole stack whose parts can be killed: kill -9, as a machine does that runs out of memory.

import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { startBackend } from '../../tools/stack/backends/backend.mjs';
import { audit } from '../../tools/stack/backends/storage/audit.mjs';
import { S3 } from '../../tools/stack/backends/storage/s3.mjs';
import { until } from '../../tools/stack/processes/waiting.mjs';
import { startFunctions, startWorker, WORKER } from '../../tools/stack/serving/services.mjs';
import { freePorts, removeFolder, temporaryFolder } from '../stack/support.mjs';

const GONE_MS = 10_000;
const CONNECT_MS = 30_000;

/** Starts everything; resolves to the stack with what the tests do to it. */
export async function startEverything() {
  const ports = await freePorts();
  const root = temporaryFolder();
  const environment = { ...process.env, PORT: String(ports.web), OURVIDZ_DIR: path.join(root, 'stack') };
  const stack = await startBackend({ environment });
  try {
    await startFunctions(stack);
  } catch (error) {
    await stack.stop();
    throw error;
  }
  startWorker(stack);
  Object.assign(process.env, stack.env);
  return new Chaos(stack, root);
}

class Chaos {
  #stack;
  #root;

  constructor(stack, root) {
    this.#stack = stack;
    this.#root = root;
  }

  async stop() {
    await this.#stack.stop();
    removeFolder(this.#root);
  }

  /** Ends a process without a chance to clean up, and resolves when it is gone. */
  async kill(name) {
    const { processes, layout } = this.#stack;
    const { pid } = JSON.parse(fs.readFileSync(path.join(layout.runFolder, `${name}.pid.json`), 'utf8'));
    process.kill(pid, 'SIGKILL');
    await until(() => !processes.isRunning(name), { timeoutMs: GONE_MS, explain: () => `${name} does not go` });
  }

  /** Starts a part again. */
  async start(name) {
    if (name === WORKER) startWorker(this.#stack);
    else await this.#stack.services[name].start();
  }

  /** Deletes what Redis has written to its disk. */
  loseRedisData() {
    fs.rmSync(this.#stack.layout.redisFolder, { recursive: true, force: true });
    fs.mkdirSync(this.#stack.layout.redisFolder, { recursive: true });
  }

  /** Lets the sweep begin now instead of at the next full minute. Nobody waits for its last pass. */
  sweep() {
    void fetch(`http://127.0.0.1:${this.#stack.ports.control}/sweep`, { method: 'POST' }).catch(() => {});
  }

  /** The first row of a query. */
  async one(sql, values = []) {
    return this.#withDatabase(async (client) => (await client.query(sql, values)).rows[0]);
  }

  /** Objects without rows and rows without objects, however young. */
  async audit() {
    const findings = [];
    const storage = new S3(this.#stack.env);
    await this.#withDatabase((database) =>
      audit({ database, storage, olderThanMs: 0, onFinding: (finding) => findings.push(finding) }),
    );
    return findings;
  }

  async #withDatabase(work) {
    const client = new pg.Client({
      connectionString: this.#stack.env.DATABASE_URL,
      connectionTimeoutMillis: CONNECT_MS,
    });
    client.on('error', () => {});
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}
