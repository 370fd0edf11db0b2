// An event stream that heals: it resumes behind the last event, comes back after losses, and asks for polling
// where no stream is to be had.

/** @import { Connection, JobEvent, StepPreview } from './types.js' */
/** @import { Transport } from './transport.js' */

import { noAnswer, OurVidzError, tooSlow, unreadable } from './errors.js';
import { readFrames } from './sse.js';
import { stepPreviewOf } from './step-previews.js';
import { backoff, limit } from './waiting.js';

// The edge sends a comment after 19 seconds of silence; what says nothing for so long is dead.
const SILENCE_MS = 45_000;
// The edge's first frame leaves at once. A stream that says nothing by now is held back by a proxy.
const FIRST_WORD_MS = 10_000;
// Before `retry:` says otherwise, as the edge would.
const RETRY_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
// A stream that fails so often in a row is not to be had for now: poll.
const FAILURES_BEFORE_POLLING = 3;
const POLL_MS = 1_500;
const LONGEST_POLL_MS = 10_000;
// Polls until a stream is tried again, a minute or so.
const POLLS_BEFORE_STREAMING = 8;
// Browsers allow six connections to a host; half of them stay free for pictures and requests.
const MAX_STREAMS = 3;

/** How many streams are open at once; who gets none polls. */
export class Slots {
  #free = MAX_STREAMS;

  take() {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  release() {
    this.#free += 1;
  }
}

/**
 * @typedef {object} LiveOptions
 * @property {Transport} transport
 * @property {() => string} path Asked for before each connection.
 * @property {{ position?: string }} place Where the stream goes on; kept up to date.
 * @property {AbortSignal} signal
 * @property {Slots} [slots] Without them the stream needs none.
 * @property {(connection: Connection, error?: OurVidzError) => void} [onConnection]
 * @property {() => void} [onLife] Called for every sign of life.
 * @property {(position: string) => void} [onPlace] Called when the stream says where it begins.
 */

/**
 * @typedef {object} Piece
 * @property {JobEvent[]} events Without any, and without previews: look at the state yourself now, because events cannot
 *   tell.
 * @property {StepPreview[]} [previews] What pictures look like by now.
 * @property {boolean} [isPolling] Nothing but looking is tried for now.
 */

/**
 * Yields the events of each piece that arrives, each event once. Ends only by an abort or by an error that waiting
 * cannot heal.
 * @param {LiveOptions} options
 * @returns {AsyncGenerator<Piece, never, void>}
 */
export async function* live(options) {
  const { transport, signal, slots, onConnection } = options;
  const { sleep, random } = transport.timing;
  let failures = 0;
  let polls = 0;
  for (;;) {
    const polling = failures >= FAILURES_BEFORE_POLLING && polls < POLLS_BEFORE_STREAMING;
    if (polling || (slots && !slots.take())) {
      polls += 1;
      await sleep(Math.min(POLL_MS * 1.25 ** polls, LONGEST_POLL_MS), signal);
      yield { events: [], isPolling: true };
      continue;
    }
    polls = 0;
    let pause = RETRY_MS;
    try {
      let hadEvents = false;
      let isOpen = false;
      for await (const { events, previews, retry } of open(options)) {
        failures = 0;
        pause = retry ?? pause;
        if (!isOpen) onConnection?.('live');
        isOpen = true;
        if (events.length === 0 && previews.length === 0) continue;
        hadEvents ||= events.length > 0;
        yield previews.length > 0 ? { events, previews } : { events };
      }
      // A stream that ends over and over without an event must not hide what goes on.
      if (!hadEvents) yield { events: [] };
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      failures += 1;
      const asked = (error.retryAfterSeconds ?? 0) * 1000;
      pause = Math.max(asked, backoff(failures, { firstMs: RETRY_MS, longestMs: LONGEST_PAUSE_MS, random }));
      onConnection?.('offline', error);
      // The state may move on while nobody listens.
      yield { events: [] };
    } finally {
      slots?.release();
    }
    await sleep(pause, signal);
  }
}

/**
 * Whether an error may pass by itself: no network, a busy service, a token that could not be renewed.
 * @param {unknown} error
 * @returns {error is OurVidzError}
 */
export function isPassing(error) {
  return error instanceof OurVidzError && error.retryable;
}

/**
 * Looks at the state where no event tells of it, and says whether that works. What cannot be read now resolves to
 * undefined: it is looked at again soon.
 * @template T
 * @param {() => Promise<T>} work
 * @param {Piece} piece
 * @param {Pick<LiveOptions, 'onConnection'>} options
 */
export async function look(work, { isPolling }, { onConnection }) {
  try {
    const result = await work();
    if (isPolling) onConnection?.('polling');
    return result;
  } catch (error) {
    if (!isPassing(error)) throw error;
    onConnection?.('offline', error);
    return undefined;
  }
}

/**
 * Carries out what must not be given up: what an event told of has to be read, for nothing else may follow.
 * @template T
 * @param {() => Promise<T>} work
 * @param {Pick<LiveOptions, 'transport' | 'signal' | 'onConnection'>} options
 */
export async function persist(work, { transport, signal, onConnection }) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result = await work();
      // Said only of what the stream brought, and that stream is open still.
      if (attempt > 1) onConnection?.('live');
      return result;
    } catch (error) {
      if (!isPassing(error)) throw error;
      onConnection?.('offline', error);
      const pause = backoff(attempt, {
        firstMs: RETRY_MS,
        longestMs: LONGEST_POLL_MS,
        random: transport.timing.random,
      });
      await transport.timing.sleep(pause, signal);
    }
  }
}

/**
 * One connection: its events that are behind the place, step previews, and what it says of coming back.
 * @param {LiveOptions} options
 * @returns {AsyncGenerator<{ events: JobEvent[], previews: StepPreview[], retry?: number }, void, void>}
 */
async function* open({ transport, path, place, signal, onLife, onPlace }) {
  const headers = {
    accept: 'text/event-stream',
    ...(place.position === undefined ? {} : { 'last-event-id': place.position }),
  };
  const patience = limit(signal, FIRST_WORD_MS);
  const silence = limit(patience.signal, SILENCE_MS);
  try {
    const response = await transport.send('GET', path(), { headers, signal: silence.signal });
    let isEmpty = true;
    if (!response.body || !isEventStream(response)) throw unreadable(response);
    for await (const frames of readFrames(response.body)) {
      isEmpty = false;
      patience.stop();
      silence.restart();
      onLife?.();
      /** @type {{ events: JobEvent[], previews: StepPreview[], retry?: number }} */
      const piece = { events: [], previews: [] };
      for (const frame of frames) {
        if (frame.retry !== undefined) piece.retry = frame.retry;
        const preview = stepPreviewOf(frame);
        if (preview) piece.previews.push(preview);
        // A proxy that sends a piece again must not make an event happen twice.
        if (frame.id === undefined || Number(frame.id) <= Number(place.position)) continue;
        if (frame.data !== undefined) piece.events.push(eventOf(frame));
        place.position = frame.id;
        if (frame.data === undefined) onPlace?.(frame.id);
      }
      yield piece;
    }
    if (isEmpty) throw unreadable(response);
  } catch (error) {
    signal.throwIfAborted();
    if (patience.expired || silence.expired) throw tooSlow();
    throw error instanceof OurVidzError ? error : noAnswer(error);
  } finally {
    silence.close();
    patience.close();
  }
}

/** @param {Response} response */
function isEventStream(response) {
  return /^text\/event-stream\b/.test(response.headers.get('content-type') ?? '');
}

/**
 * @param {import('./types.js').Frame} frame
 * @returns {JobEvent}
 */
function eventOf({ id, event, data = '{}' }) {
  const { job_id, seq, at, ...rest } = JSON.parse(data);
  return { id: id ?? '', kind: /** @type {JobEvent['kind']} */ (event), jobId: job_id, seq, at, data: rest };
}
