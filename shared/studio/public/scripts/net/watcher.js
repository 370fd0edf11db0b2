// Keeps unfinished jobs up to date: event streams for a few, polling for the rest and whenever streams fail.
//
// Browsers allow six connections to a host, over all tabs. One tab is therefore the leader (it holds a Web
// Lock), watches for all, and tells the others over a BroadcastChannel.

import { readEvents } from './event-stream.js';
import { isActive, jobFrom } from '../state/job.js';

// Half of the six connections; the other half is for pictures and requests.
const MAX_STREAMS = 3;
const POLL_MS = 1_500;
const LONGEST_PAUSE_MS = 15_000;
// A stream that fails so often in a row is not to be had (a proxy that buffers, say): poll instead.
const STREAM_TRIES = 3;

export class Watcher {
  #api;
  #jobs;
  #channel;
  #stop = new AbortController();
  #leading = false;
  #streams = new Set();
  #polls = new Set();
  #failures = 0;

  constructor(api, jobs, userId) {
    this.#api = api;
    this.#jobs = jobs;
    const name = `ourvidz.watch.${userId}`;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#lead(name);
    const signal = this.#stop.signal;
    addEventListener('online', () => this.#catchUp(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden || this.#catchUp(), { signal });
  }

  /** Ends everything, for signing out. */
  stop() {
    this.#stop.abort();
    this.#channel.close();
  }

  /** Looks at a job that this tab ordered or changed. */
  watch(id) {
    if (this.#leading) this.#follow();
    else this.#channel.postMessage({ kind: 'watch', id });
  }

  /** Looks at all unfinished jobs, after the list was loaded. */
  watchAll() {
    for (const { id } of this.#jobs.active) this.watch(id);
  }

  /** Reads a job now, for example because a signed URL has run out. */
  async reload(id) {
    const answer = await this.#api.job(id);
    this.#apply(answer);
    if (!this.#stop.signal.aborted) this.#channel.postMessage({ kind: 'job', answer });
  }

  #lead(name) {
    const untilStopped = () => {
      this.#leading = true;
      this.#follow();
      return new Promise((resolve) => this.#stop.signal.addEventListener('abort', resolve));
    };
    if (!navigator.locks) untilStopped();
    else navigator.locks.request(name, { signal: this.#stop.signal }, untilStopped).catch(() => {});
  }

  #hear(message) {
    if (message.kind === 'job') this.#apply(message.answer);
    else if (message.kind === 'progress') this.#jobs.patch(message.id, message.changes);
    else if (message.kind === 'watch' && this.#leading) this.reload(message.id).then(() => this.#follow(), ignore);
  }

  #apply(answer) {
    // A slow answer must not undo what a newer one said: nothing leaves a final state.
    const known = this.#jobs.get(answer.id);
    const job = jobFrom(answer);
    if (known && !known.isLocal && !isActive(known) && isActive(job)) return;
    this.#jobs.put(job);
  }

  /** Starts what is missing; each stream and poll ends by itself when its job is finished. */
  #follow() {
    if (this.#stop.signal.aborted) return;
    for (const { id } of this.#jobs.active) {
      if (this.#streams.has(id) || this.#polls.has(id)) continue;
      const byStream = this.#streams.size < MAX_STREAMS && this.#failures < STREAM_TRIES;
      const set = byStream ? this.#streams : this.#polls;
      set.add(id);
      (byStream ? this.#stream(id) : this.#poll(id)).catch(ignore).finally(() => {
        set.delete(id);
        this.#follow();
      });
    }
  }

  async #stream(id) {
    let lastEventId;
    while (this.#isOpen(id)) {
      let pause = 1_000;
      try {
        const response = await this.#api.events(id, { lastEventId, signal: this.#stop.signal });
        for await (const event of readEvents(response)) {
          this.#failures = 0;
          lastEventId = event.id ?? lastEventId;
          pause = event.retry ?? pause;
          if (event.data) await this.#take(id, event);
        }
      } catch {
        this.#failures += 1;
        // The state may have moved on while nobody listened.
        await this.reload(id).catch(ignore);
        if (this.#failures >= STREAM_TRIES) return;
      }
      if (this.#isOpen(id)) await this.#sleep(pause);
    }
  }

  async #take(id, event) {
    if (event.event !== 'progress') return this.reload(id);
    const { progress } = JSON.parse(event.data);
    if (typeof progress !== 'number') return this.reload(id);
    const changes = { status: 'processing', progress };
    this.#jobs.patch(id, changes);
    this.#channel.postMessage({ kind: 'progress', id, changes });
    return undefined;
  }

  async #poll(id) {
    let pause = POLL_MS;
    while (this.#isOpen(id)) {
      await this.#sleep(pause);
      // A place in a stream is better than polling.
      if (this.#streams.size < MAX_STREAMS && this.#failures < STREAM_TRIES) return;
      try {
        await this.reload(id);
        pause = POLL_MS;
      } catch {
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  #catchUp() {
    this.#failures = 0;
    this.#jobs.refresh().then(() => (this.#leading ? this.#follow() : undefined), ignore);
  }

  #isOpen(id) {
    const job = this.#jobs.get(id);
    return !this.#stop.signal.aborted && job !== undefined && isActive(job);
  }

  #sleep(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
}

// What fails here is tried again by its loop; the offline banner tells the person.
function ignore() {}
