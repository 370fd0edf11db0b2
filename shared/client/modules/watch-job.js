// One job, from wherever it stands to its end.

/** @import { JobEvent, JobReply, JobUpdate, WatchOptions } from './types.js' */
/** @import { Slots } from './live.js' */
/** @import { Transport } from './transport.js' */

import { live, look, persist } from './live.js';
import { StepPreviews, withPreviews } from './step-previews.js';
import { limit } from './waiting.js';

/**
 * Whether nothing can change any more.
 * @param {{ status: string }} job
 */
export function isFinished({ status }) {
  return status === 'completed' || status === 'failed' || status === 'canceled';
}

/** A job that is watched: iterate over it, or wait for `finished()`. Each use is a watch of its own. */
export class JobWatch {
  #context;
  #id;
  #options;

  /**
   * @param {{ transport: Transport, slots: Slots }} context
   * @param {string} id
   * @param {WatchOptions} options
   */
  constructor(context, id, options) {
    this.#context = context;
    this.#id = id;
    this.#options = options;
  }

  /** The job as it is now, then each time that something happened; the last update has the final state. */
  async *[Symbol.asyncIterator]() {
    const { signal: parent, onUpdate } = this.#options;
    const own = limit(parent);
    try {
      for await (const update of watch(this.#context, this.#id, own.signal, this.#options)) {
        onUpdate?.(update);
        yield update;
      }
    } finally {
      own.close();
    }
  }

  /**
   * The job in its final state. `failed` and `canceled` are final states like any other, and no errors.
   * @returns {Promise<JobReply>}
   */
  async finished() {
    let job;
    for await (const update of this) job = update.job;
    return /** @type {JobReply} */ (job);
  }
}

/**
 * @param {{ transport: Transport, slots: Slots }} context
 * @param {string} id
 * @param {AbortSignal} signal
 * @param {WatchOptions} options
 * @returns {AsyncGenerator<JobUpdate, void, void>}
 */
async function* watch({ transport, slots }, id, signal, { onConnection, stepPreviews }) {
  const path = `/api/jobs/${encodeURIComponent(id)}`;
  const read = async () => /** @type {JobReply} */ (await transport.json('GET', path, { signal, tries: 1 }));
  /** @type {JobReply} */
  let job = await transport.json('GET', path, { signal });
  const shown = new StepPreviews(stepPreviews);
  yield { job, events: [], ...shown.of(job) };
  if (isFinished(job)) return;

  const stream = withPreviews(`${path}/events`, stepPreviews);
  const options = { transport, slots, signal, onConnection, path: () => stream, place: {} };
  for await (const piece of live(options)) {
    const { events, previews = [] } = piece;
    const known = job;
    shown.take(previews);
    if (events.length === 0 && previews.length === 0) {
      job = (await look(read, piece, options)) ?? known;
    } else if (events.every(({ kind }) => kind === 'progress')) {
      job = events.reduce(advance, known);
    } else {
      // Events say that something happened; the state alone says what is true now.
      job = await persist(read, options);
    }
    if (events.length > 0 || previews.length > 0 || differs(known, job)) yield { job, events, ...shown.of(job) };
    if (isFinished(job)) return;
  }
}

/**
 * What a progress event adds. Those of the past, which every stream begins with, add nothing.
 * @param {JobReply} job
 * @param {JobEvent} event
 * @returns {JobReply}
 */
export function advance(job, { data }) {
  const { attempt, progress } = /** @type {{ attempt?: number, progress?: number }} */ (data);
  if (isFinished(job) || attempt !== job.attempt || typeof progress !== 'number' || progress < job.progress) return job;
  return { ...job, status: 'processing', progress, position: null, waitingFor: null };
}

/**
 * Whether a look at the state brought something to tell. Signed addresses are new each time and tell nothing.
 * @param {JobReply} before
 * @param {JobReply} after
 */
export function differs(before, after) {
  return essence(before) !== essence(after);
}

/** @param {JobReply} job */
function essence({ status, attempt, progress, cancelRequested, position, waitingFor, assets }) {
  const shown = assets.map((asset) => [asset.id, asset.status, asset.saved, asset.preferred, asset.title, asset.tags]);
  return JSON.stringify([status, attempt, progress, cancelRequested, position, waitingFor, shown]);
}
