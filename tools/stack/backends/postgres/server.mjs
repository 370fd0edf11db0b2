// The stack's Postgres: made on first use, started, prepared like a new Supabase project, stopped.
// It listens on loopback TCP only and trusts nobody without a password.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { until } from '../../processes/waiting.mjs';
import { DATABASE_NAME } from '../../settings/environment.mjs';
import { HOST } from '../../settings/ports.mjs';
import { findPostgres } from './programs.mjs';
import { canReach, makePrivateFolder, ordinaryUser, spawnOptions } from './server-user.mjs';

const SUPERUSER = 'supabase_admin';
const START_TIMEOUT_MS = 60_000;
const STALE_SERVER_STOP_MS = 10_000;
// "The database system is starting up": recovery after a crash.
const STARTING_UP = '57P03';
const WRONG_PASSWORD = '28P01';

const SETTINGS = Object.freeze({
  listen_addresses: HOST,
  // The default folder for sockets may be missing or not writable.
  unix_socket_directories: '',
  max_connections: 120,
  timezone: 'UTC',
  // What Realtime reads; a reader that is slow must not fill the disk.
  wal_level: 'logical',
  max_slot_wal_keep_size: '256MB',
  // A development database may be lost in a power cut; that is worth the speed. A killed process
  // loses nothing: a commit still waits until the log is in the kernel's hands.
  fsync: 'off',
  synchronous_commit: 'on',
  full_page_writes: 'off',
  // Users' prompts are values in statements and rows. They must not reach a log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
});

/** The Postgres of one stack. */
export class Postgres {
  #layout;
  #port;
  #passwords;
  #processes;
  #onNote;

  constructor({ layout, ports, keys, processes, onNote = () => {} }) {
    this.#layout = layout;
    this.#port = ports.postgres;
    this.#passwords = keys.databasePasswords;
    this.#processes = processes;
    this.#onNote = onNote;
  }

  /** Starts the server, and makes its data folder first where there is none. */
  async start() {
    const user = ordinaryUser();
    const home = this.#homeFor(user);
    const data = path.join(home, 'data');
    const program = findPostgres({ dataMajor: majorOf(data) });
    const bin = this.#reachableBin(program.bin, user);
    makePrivateFolder(home, user);
    if (majorOf(data) === null) this.#initialise(bin, home, data, user);
    await clearStaleServer(data);
    const settings = Object.entries({ port: this.#port, ...SETTINGS }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    this.#processes.start('postgres', path.join(bin, 'postgres'), ['-D', data, ...settings], {
      ...spawnOptions(user),
      cwd: data,
      // "Fast shutdown": ends open sessions instead of waiting for them.
      stopSignal: 'SIGINT',
    });
    await this.#processes.waitUntilReady('postgres', () => this.#answers(), { timeoutMs: START_TIMEOUT_MS });
  }

  /** Makes the database and what a Supabase project has in it before the first migration. */
  async prepare(baseSqlFile) {
    await this.withConnection({ database: 'postgres' }, async (client) => {
      const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE_NAME]);
      if (rowCount === 0) await client.query(`create database ${DATABASE_NAME}`);
    });
    await this.withConnection({}, async (client) => {
      await client.query('begin');
      await client.query(fs.readFileSync(baseSqlFile, 'utf8'));
      for (const [role, password] of Object.entries(this.#roles())) {
        await client.query(`alter role ${role} password ${client.escapeLiteral(password)}`);
      }
      await client.query('commit');
    });
  }

  /** Runs `work(client)` on a connection of its own. */
  async withConnection({ role = SUPERUSER, database = DATABASE_NAME }, work) {
    const client = await this.#connect(role, database);
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  #roles() {
    const { postgres, authenticator, authAdmin } = this.#passwords;
    return { postgres, authenticator, supabase_auth_admin: authAdmin };
  }

  async #connect(role, database) {
    const { default: pg } = await import('pg');
    const password = role === SUPERUSER ? this.#passwords.supabaseAdmin : this.#roles()[role];
    const client = new pg.Client({ host: HOST, port: this.#port, user: role, password, database });
    // A server that goes away is reported by the query in progress; an idle connection must not end us.
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  async #answers() {
    try {
      await this.withConnection({ database: 'postgres' }, (client) => client.query('select 1'));
      return true;
    } catch (error) {
      if (error.code === WRONG_PASSWORD) {
        throw new Error(
          `${this.#layout.keysFile} does not belong to the data in ${this.#layout.root}. ` +
            'Restore that file, or begin anew with `npm start -- --fresh`.',
        );
      }
      if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET' || error.code === STARTING_UP) return false;
      throw error;
    }
  }

  // The folder of the data: inside the stack's folder, unless the user that Postgres must run as
  // is not let in there (a checkout in root's home, say).
  #homeFor(user) {
    if (!user || canReach(this.#layout.root, user)) return this.#layout.postgresFolder;
    const outside = path.join(this.#layout.outsideFolder, 'postgres');
    fs.mkdirSync(path.dirname(outside), { recursive: true, mode: 0o755 });
    this.#onNote(
      `Postgres runs as user ${user.name}, who may not enter ${this.#layout.root}; its data is in ${outside}`,
    );
    return outside;
  }

  // The same for the programs themselves when they come from node_modules of such a checkout.
  #reachableBin(bin, user) {
    if (!user || canReach(bin, user)) return bin;
    const copy = path.join(this.#layout.outsideFolder, 'postgres-programs');
    if (!fs.existsSync(copy)) {
      const unfinished = `${copy}.${process.pid}`;
      fs.cpSync(path.dirname(bin), unfinished, { recursive: true, verbatimSymlinks: true });
      fs.renameSync(unfinished, copy);
    }
    return path.join(copy, 'bin');
  }

  #initialise(bin, home, data, user) {
    const unfinished = path.join(home, 'data.unfinished');
    const passwordFile = path.join(home, 'password');
    fs.rmSync(unfinished, { recursive: true, force: true });
    fs.writeFileSync(passwordFile, `${this.#passwords.supabaseAdmin}\n`, { mode: 0o600 });
    if (user) fs.chownSync(passwordFile, user.uid, user.gid);
    const result = spawnSync(
      path.join(bin, 'initdb'),
      [
        '-D',
        unfinished,
        '-U',
        SUPERUSER,
        '-A',
        'scram-sha-256',
        `--pwfile=${passwordFile}`,
        '-E',
        'UTF8',
        '--locale=C',
        '--no-sync',
      ],
      { ...spawnOptions(user), cwd: home, encoding: 'utf8' },
    );
    fs.rmSync(passwordFile, { force: true });
    if (result.status !== 0) throw new Error(`initdb failed: ${result.error?.message ?? result.stderr.trim()}`);
    fs.renameSync(unfinished, data);
  }
}

/** The major version that made a data folder, or null when there is no data yet. */
function majorOf(data) {
  try {
    return Number(fs.readFileSync(path.join(data, 'PG_VERSION'), 'utf8').trim());
  } catch {
    return null;
  }
}

// After a crash `postmaster.pid` stays behind. Postgres takes it for valid when any process has
// that number by now, so it is judged here: a server on this very folder is stopped, else the file goes.
async function clearStaleServer(data) {
  const lockFile = path.join(data, 'postmaster.pid');
  const pid = Number.parseInt(readOrEmpty(lockFile), 10);
  if (!Number.isInteger(pid) || pid <= 1) return;
  if (servesFolder(pid, data)) {
    process.kill(pid, 'SIGINT');
    await until(() => !servesFolder(pid, data), {
      timeoutMs: STALE_SERVER_STOP_MS,
      explain: () =>
        `Another Postgres (process ${pid}) uses ${data} and does not end. Stop it by hand and start again.`,
    });
  }
  fs.rmSync(lockFile, { force: true });
}

function servesFolder(pid, data) {
  const { status, stdout } = spawnSync('ps', ['-o', 'state=,args=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && !stdout.trimStart().startsWith('Z') && stdout.includes(data);
}

function readOrEmpty(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
