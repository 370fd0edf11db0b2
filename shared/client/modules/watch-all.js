// All jobs of a user over one stream, whatever the number of tabs: one tab listens and reads, all hear of it.

/** @import { AllUpdate, Connection, JobEvent, JobReply, JobUpdate, Page, StepPreview, Tabs, WatchAllOptions } from './types.js' */
/** @import { OurVidzError } from './errors.js' */
/** @import { Transport } from './transport.js' */

import { Leader } from './leader.js';
import { live, look, persist } from './live.js';
import { StepPreviews, withPreviews } from './step-previews.js';
import { limit } from './waiting.js';
import { advance, differs, isFinished } from './watch-job.js';

// Where nothing can be streamed, the newest jobs are looked at; a page shows no more at once.
const LOOKED_AT = 30;
// What a leader remembers, so that progress needs no reading. Finished jobs are forgotten at once.
const REMEMBERED = 200;

/**
 * What the leader says to the other tabs.
 * @typedef {{ kind: 'updates', updates: JobUpdate[], position?: string } | { kind: 'place', position?: string }
 *   | { kind: 'connection', connection: Connection } | { kind: 'hello' }} Message
 */

/** Everything that happens to the user's jobs: iterate over it, or `run()` it with `onUpdate`. */
export class AllWatch {
  #listening;

  /** @param {() => Listening} listening */
  constructor(listening) {
    this.#listening = listening;
  }

  [Symbol.asyncIterator]() {
    return this.#listening().updates();
  }

  /** Calls `onUpdate` until the signal ends it, which is no error here. @returns {Promise<void>} */
  async run() {
    const listening = this.#listening();
    try {
      for await (const _ of listening.updates());
    } catch (error) {
      if (!listening.ended) throw error;
    }
  }
}

/** One use of a watch: what a tab knows, whether it leads or hears. */
export class Listening {
  #transport;
  #tabs;
  #options;
  /** @type {Map<string, JobReply>} Jobs that can still change, as this tab last knew them. */
  #known = new Map();
  /** @type {Set<string> | undefined} What the last look saw. */
  #looked;
  /** @type {string | undefined} The last event that was told, in this tab and all others. */
  #position;
  #isReady = false;
  /** Those that this tab has seen as the leader. */
  #previews;
  /** @type {AllUpdate[]} */
  #updates = [];
  #wake = () => {};
  /** @type {Leader | undefined} */
  #leader;

  /**
   * @param {Transport} transport
   * @param {Tabs | undefined} tabs
   * @param {WatchAllOptions} options
   */
  constructor(transport, tabs, options) {
    this.#transport = transport;
    this.#tabs = tabs;
    this.#options = options;
    this.#previews = new StepPreviews(options.stepPreviews);
  }

  /** Whether the caller ended it. */
  get ended() {
    return this.#options.signal?.aborted ?? false;
  }

  /** @returns {AsyncGenerator<AllUpdate, never, void>} */
  async *updates() {
    const own = limit(this.#options.signal);
    const { signal } = own;
    /** @type {{ error: unknown } | undefined} */
    let failure;
    try {
      const scope = this.#options.scope ?? (await subject(this.#transport, signal));
      this.#leader = new Leader({
        // One that listens without previews cannot lead others that want them.
        name: `ourvidz.events.${scope}@${withPreviews(this.#transport.baseUrl, this.#options.stepPreviews)}`,
        tabs: scope === undefined ? undefined : this.#tabs,
        signal,
        hear: (message) => this.#hear(message),
        lead: (turn) => this.#lead(turn),
      });
      this.#leader.run().catch((error) => {
        failure = { error };
        this.#wake();
      });
      signal.addEventListener('abort', () => this.#wake(), { once: true });
      this.#tell({ kind: 'hello' });
      for (;;) {
        for (let update = this.#updates.shift(); update; update = this.#updates.shift()) {
          this.#options.onUpdate?.(update);
          yield update;
        }
        signal.throwIfAborted();
        if (failure) throw failure.error;
        await new Promise((resolve) => {
          this.#wake = () => resolve(undefined);
        });
      }
    } finally {
      own.abort();
      own.close();
    }
  }

  /** @param {Message} message */
  #tell(message) {
    this.#leader?.tell(message);
  }

  /** @param {Message} message */
  #hear(message) {
    if (message.kind === 'hello') {
      if (this.#leader?.leading && this.#isReady) this.#tell({ kind: 'place', position: this.#position });
    } else if (message.kind === 'connection') {
      this.#options.onConnection?.(message.connection);
    } else if (message.kind === 'updates') {
      // A new leader may begin with what the old one had told already.
      this.#take(
        message.updates.filter(({ events }) => events.length === 0 || !this.#isOld(events)),
        message.position,
      );
    } else {
      this.#take([], message.position);
    }
  }

  /** @param {JobEvent[]} events */
  #isOld(events) {
    return this.#position !== undefined && Number(events.at(-1)?.id) <= Number(this.#position);
  }

  /**
   * Hands updates to this tab. A tab that hears for the first time where the stream is misses nothing from here on.
   * @param {JobUpdate[]} updates
   * @param {string | undefined} position
   */
  #take(updates, position) {
    if (!this.#isReady || (this.#position === undefined && position !== undefined))
      this.#updates.push({ kind: 'ready' });
    this.#isReady = true;
    this.#position = position ?? this.#position;
    for (const update of updates) {
      this.#remember(update.job);
      this.#updates.push({ kind: 'job', ...update });
    }
    this.#wake();
  }

  /**
   * The same for all tabs.
   * @param {JobUpdate[]} updates
   * @param {string | undefined} position
   */
  #spread(updates, position) {
    this.#tell({ kind: 'updates', updates, position });
    this.#take(updates, position);
  }

  /** @param {AbortSignal} signal */
  async #lead(signal) {
    /** @param {Connection} connection @param {OurVidzError} [error] */
    const onConnection = (connection, error) => {
      this.#options.onConnection?.(connection, error);
      this.#tell({ kind: 'connection', connection });
    };
    const place = { position: this.#position };
    const options = {
      transport: this.#transport,
      signal,
      place,
      onConnection,
      // Whoever has heard nothing yet begins with what happens next: the past is in the lists.
      path: () =>
        withPreviews(
          place.position === undefined ? '/api/events?after=latest' : '/api/events',
          this.#options.stepPreviews,
        ),
      onPlace: (/** @type {string} */ position) => this.#spread([], position),
      onLife: () => this.#isReady && this.#tell({ kind: 'place', position: this.#position }),
    };
    for await (const piece of live(options)) {
      const { events, previews = [] } = piece;
      if (events.length > 0)
        this.#spread(await persist(() => this.#updatesOf(events, signal), options), place.position);
      if (previews.length > 0) this.#show(previews);
      else if (events.length === 0) await look(() => this.#look(signal), piece, options);
    }
  }

  /**
   * What became of the jobs that events are about.
   * @param {JobEvent[]} events
   * @param {AbortSignal} signal
   * @returns {Promise<JobUpdate[]>}
   */
  async #updatesOf(events, signal) {
    /** @type {Map<string, JobEvent[]>} */
    const byJob = new Map();
    for (const event of events) byJob.set(event.jobId, [...(byJob.get(event.jobId) ?? []), event]);
    return Promise.all(
      [...byJob].map(async ([id, some]) => {
        const job = await this.#stateAfter(id, some, signal);
        return { job, events: some, ...this.#previews.of(job) };
      }),
    );
  }

  /**
   * What the pictures of jobs look like by now, of those that an event has told of.
   * @param {StepPreview[]} previews
   */
  #show(previews) {
    this.#previews.take(previews);
    const jobs = [...new Set(previews.map(({ jobId }) => jobId))].flatMap((id) => this.#known.get(id) ?? []);
    const updates = jobs.map((job) => ({ job, events: [], ...this.#previews.of(job) }));
    this.#spread(updates, this.#position);
  }

  /**
   * @param {string} id
   * @param {JobEvent[]} events
   * @param {AbortSignal} signal
   */
  #stateAfter(id, events, signal) {
    const known = this.#known.get(id);
    return known && events.every(({ kind }) => kind === 'progress')
      ? events.reduce(advance, known)
      : this.#read(id, signal);
  }

  /**
   * @param {string} id
   * @param {AbortSignal} signal
   * @returns {Promise<JobReply>}
   */
  #read(id, signal) {
    return this.#transport.json('GET', `/api/jobs/${encodeURIComponent(id)}`, { signal, tries: 1 });
  }

  /**
   * What no stream tells: the newest jobs and those that can still change, as they are now.
   * @param {AbortSignal} signal
   */
  async #look(signal) {
    /** @type {Page<JobReply>} */
    const { items } = await this.#transport.json('GET', `/api/jobs?limit=${LOOKED_AT}`, { signal, tries: 1 });
    const seen = new Set(items.map(({ id }) => id));
    const older = [...this.#known.keys()].filter((id) => !seen.has(id)).slice(0, LOOKED_AT);
    const jobs = [...(await Promise.all(older.map((id) => this.#read(id, signal)))), ...items.toReversed()];
    const looked = this.#looked;
    const changed = jobs.filter((job) => {
      const known = this.#known.get(job.id);
      return known ? differs(known, job) : looked && !looked.has(job.id);
    });
    this.#looked = seen;
    for (const job of jobs) this.#remember(job);
    this.#spread(
      changed.map((job) => ({ job, events: [], ...this.#previews.of(job) })),
      this.#position,
    );
  }

  /** @param {JobReply} job */
  #remember(job) {
    this.#known.delete(job.id);
    if (isFinished(job)) return;
    this.#known.set(job.id, job);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
  }
}

/**
 * Whom the token is about, so that tabs of different users share nothing; undefined where the token does not say.
 * @param {Transport} transport
 * @param {AbortSignal} [signal]
 * @returns {Promise<string | undefined>}
 */
export async function subject(transport, signal) {
  const token = await transport.token({ signal });
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const { sub } = JSON.parse(atob(payload));
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}
