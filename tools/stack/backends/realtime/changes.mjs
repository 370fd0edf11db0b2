// The changes of the published tables, from Postgres's log: a logical replication slot that is read by polling, as
// Supabase's Realtime does. The slot is a temporary one, so whatever ends this process leaves none behind that would
// keep the log for ever; and it is there only while somebody listens.

import { randomBytes } from 'node:crypto';
import { ChangeDecoder } from './pgoutput.mjs';

export const PUBLICATION = 'supabase_realtime';

// Supabase's default.
const POLL_MS = 100;
// Messages at once; a transaction is never cut, so it may be more. What is left over is asked for without a pause.
const BATCH = 1000;

/** `connect()` makes a connection; `tell(changes)` is awaited before more is read; `lost()` when the log was lost. */
export class Changes {
  #connect;
  #tell;
  #lost;
  #session = null;

  constructor({ connect, tell, lost }) {
    this.#connect = connect;
    this.#tell = tell;
    this.#lost = lost;
  }

  /** Resolves when whatever is committed from now on will be told. */
  listen() {
    if (this.#session) return this.#session.ready;
    const session = new Session(this.#connect, (changes) => this.#tell(changes));
    this.#session = session;
    session.run().catch(() => {
      if (this.#session !== session) return;
      this.#session = null;
      this.#lost();
    });
    return session.ready;
  }

  async stop() {
    const session = this.#session;
    this.#session = null;
    await session?.end();
  }
}

class Session {
  #connect;
  #tell;
  #slot = `realtime_${randomBytes(6).toString('hex')}`;
  #ended = false;
  #ending;
  #begun;

  constructor(connect, tell) {
    this.#connect = connect;
    this.#tell = tell;
    this.ready = new Promise((resolve, reject) => {
      this.#begun = { resolve, reject };
    });
    // Whoever waits for it learns of it; if nobody does, `run` has told.
    this.ready.catch(() => {});
    this.#ending = new Promise((resolve) => {
      this.end = async () => {
        this.#ended = true;
        resolve();
        await this.#done?.catch(() => {});
      };
    });
  }

  #done = null;

  run() {
    this.#done = this.#read().catch((error) => {
      this.#begun.reject(error);
      if (!this.#ended) throw error;
    });
    return this.#done;
  }

  async #read() {
    const client = await this.#connect();
    try {
      await client.query(`select pg_create_logical_replication_slot($1, 'pgoutput', true)`, [this.#slot]);
      this.#begun.resolve();
      while (!this.#ended) {
        const { rows } = await client.query(
          `select data from pg_logical_slot_get_binary_changes($1, null, ${BATCH},
             'proto_version', '1', 'publication_names', '${PUBLICATION}')`,
          [this.#slot],
        );
        const decoder = new ChangeDecoder();
        const changes = rows.map(({ data }) => decoder.decode(data)).filter((change) => change !== null);
        if (changes.length > 0 && !this.#ended) await this.#tell(changes);
        if (rows.length < BATCH) await this.#pause();
      }
    } finally {
      await client.end().catch(() => {});
    }
  }

  #pause() {
    return Promise.race([this.#ending, new Promise((resolve) => setTimeout(resolve, POLL_MS))]);
  }
}
