// Everything that a user of the service can do, in one object.

/** @import * as api from './api.js' */
/** @import * as types from './types.js' */

import { Keys, Projects, References, Webhooks } from './belongings.js';
import { enhance } from './enhance.js';
import { refusedHere } from './errors.js';
import { browserTabs } from './leader.js';
import { Slots } from './live.js';
import { Orders } from './orders.js';
import { Pages, pathWith } from './pages.js';
import { Transport } from './transport.js';
import { AllWatch, Listening, subject } from './watch-all.js';
import { JobWatch } from './watch-job.js';

const SUBMIT = '/functions/v1/queue-job';
// What `Prefer: wait` may ask for is added to the time that an answer takes anyway.
const SUBMIT_TIMEOUT_MS = 20_000;

export class Client {
  #transport;
  #orders;
  #slots = new Slots();
  #tabs;
  #loadRules;
  #loadTokens;

  /** @param {types.ClientOptions} options */
  constructor(options) {
    this.#transport = new Transport(options);
    this.#orders = new Orders(options.keyStore);
    this.#tabs = options.tabs === undefined ? browserTabs() : options.tabs || undefined;
    this.#loadRules = options.loadRules;
    this.#loadTokens = options.loadTokens;
    /** Prompts that orders start from. */
    this.projects = new Projects(this.#transport);
    /** Reference images. */
    this.references = new References(this.#transport);
    /** What is sent to servers of the user when jobs end. */
    this.webhooks = new Webhooks(this.#transport);
    /** Keys for programs of the user. */
    this.keys = new Keys(this.#transport);
  }

  /**
   * Orders pictures or a video. What the edge would refuse is refused here, before anything is sent. The order has
   * an Idempotency-Key that stays the same until the outcome is known, so calling again after a loss orders nothing twice.
   * @param {types.Order} body
   * @param {types.CreateOptions} [options]
   * @returns {Promise<types.CreatedJob>}
   */
  async createJob(body, { signal, idempotencyKey, validate = true, waitSeconds } = {}) {
    if (validate) await this.#refuseHere(body);
    const send = async (/** @type {string} */ key) => {
      const { body: reply, headers } = await this.#transport.answer('POST', SUBMIT, {
        body,
        signal,
        repeatable: true,
        headers: { 'idempotency-key': key, ...(waitSeconds ? { prefer: `wait=${waitSeconds}` } : {}) },
        timeoutMs: SUBMIT_TIMEOUT_MS + (waitSeconds ?? 0) * 1000,
      });
      return {
        .../** @type {api.SubmitReply} */ (reply),
        idempotencyKey: key,
        replayed: headers.get('idempotency-replayed') === 'true',
      };
    };
    return idempotencyKey === undefined ? this.#orders.place('queue-job', body, send) : send(idempotencyKey);
  }

  /**
   * Orders, and resolves when the job has ended. `failed` and `canceled` are ends like `completed`.
   * @param {types.Order} body
   * @param {types.CreateOptions & types.WatchOptions} [options]
   * @returns {Promise<api.JobReply>}
   */
  async run(body, options = {}) {
    const { job } = await this.createJob(body, options);
    return this.watchJob(job.id, options).finished();
  }

  /**
   * Price, expected time and negative prompt of an order, as the edge says; nothing is ordered.
   * @param {types.Order} body
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.DryRunReply>}
   */
  estimate(body, { signal } = {}) {
    return this.#transport.json('POST', SUBMIT, { body: { ...body, dryRun: true }, signal, repeatable: true });
  }

  /**
   * A job, from where it stands to its end: a stream that resumes, polling where there is none.
   * @param {string} id
   * @param {types.WatchOptions} [options]
   */
  watchJob(id, options = {}) {
    return new JobWatch({ transport: this.#transport, slots: this.#slots }, id, options);
  }

  /**
   * All jobs of the user, over one stream for all tabs of a browser.
   * @param {types.WatchAllOptions} [options]
   */
  watchAll(options = {}) {
    return new AllWatch(() => new Listening(this.#transport, this.#tabs, options));
  }

  /**
   * @param {string} id
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.JobReply>}
   */
  getJob(id, { signal } = {}) {
    return this.#transport.json('GET', `/api/jobs/${encodeURIComponent(id)}`, { signal });
  }

  /**
   * The user's jobs, newest first.
   * @param {types.JobFilter & types.CallOptions} [filter]
   * @returns {Pages<api.JobReply>}
   */
  jobs({ signal, ...filter } = {}) {
    return new Pages((cursor) => this.#transport.json('GET', pathWith('/api/jobs', { ...filter, cursor }), { signal }));
  }

  /**
   * Finished pictures and videos, newest first unless asked otherwise.
   * @param {types.AssetFilter & types.CallOptions} [filter]
   * @returns {Pages<api.AssetReply>}
   */
  assets({ signal, ...filter } = {}) {
    return new Pages((cursor) =>
      this.#transport.json('GET', pathWith('/api/assets', { ...filter, cursor }), { signal }),
    );
  }

  /**
   * Cancels a job: at once while it waits, at its worker's next heartbeat while it runs.
   * @param {string} id
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.CancelReply>}
   */
  cancel(id, { signal } = {}) {
    // Canceling what is canceled is no error, so a lost answer may be asked for again.
    return this.#transport.json('POST', `/api/jobs/${encodeURIComponent(id)}/cancel`, {
      body: {},
      signal,
      repeatable: true,
    });
  }

  /**
   * What canceling a job would cost now (`cancelCost`); nothing is canceled.
   * @param {string} id
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.CancelReply>}
   */
  cancelCost(id, { signal } = {}) {
    return this.#transport.json('POST', `/api/jobs/${encodeURIComponent(id)}/cancel`, {
      body: { dryRun: true },
      signal,
      repeatable: true,
    });
  }

  /**
   * Orders the same again, as a new job with a price of its own.
   * @param {string} id
   * @param {types.CallOptions & { idempotencyKey?: string }} [options]
   * @returns {Promise<types.CreatedJob>}
   */
  retry(id, { signal, idempotencyKey } = {}) {
    const send = async (/** @type {string} */ key) => {
      const options = { body: {}, signal, repeatable: true, headers: { 'idempotency-key': key } };
      const { body, headers } = await this.#transport.answer(
        'POST',
        `/api/jobs/${encodeURIComponent(id)}/retry`,
        options,
      );
      return {
        .../** @type {api.SubmitReply} */ (body),
        idempotencyKey: key,
        replayed: headers.get('idempotency-replayed') === 'true',
      };
    };
    return idempotencyKey === undefined ? this.#orders.place('retry', id, send) : send(idempotencyKey);
  }

  /**
   * Keeps an asset in the library, prefers it, names it, tags it.
   * @param {string} id
   * @param {api.AssetPatch} patch
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.AssetReply>}
   */
  async updateAsset(id, patch, { signal } = {}) {
    /** @type {api.AssetChangedReply} */
    const { asset } = await this.#transport.json('PATCH', `/api/assets/${encodeURIComponent(id)}`, {
      body: patch,
      signal,
    });
    return asset;
  }

  /**
   * The tags that the user's pictures and videos have, each once.
   * @param {types.CallOptions} [options]
   * @returns {Promise<string[]>}
   */
  async tags({ signal } = {}) {
    /** @type {api.TagsReply} */
    const { items } = await this.#transport.json('GET', '/api/tags', { signal });
    return items;
  }

  /**
   * Deletes an asset for good. Deleting once more is no error.
   * @param {string} id
   * @param {types.CallOptions} [options]
   * @returns {Promise<void>}
   */
  async deleteAsset(id, { signal } = {}) {
    await this.#transport.json('DELETE', `/api/assets/${encodeURIComponent(id)}`, { signal });
  }

  /**
   * Makes a prompt better. With `onToken` you read along while a model writes; the result is the whole answer.
   * @param {types.Enhance} request
   * @param {types.EnhanceOptions} [options]
   * @returns {Promise<api.EnhanceReply>}
   */
  async enhance(request, options = {}) {
    const { signal } = options;
    const userId = request.userId ?? (await subject(this.#transport, signal)) ?? (await this.me({ signal })).user_id;
    return enhance(this.#transport, { ...request, userId }, options);
  }

  /**
   * How full the queues are, and why jobs wait.
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.QueueStatusReply>}
   */
  queueStatus({ signal } = {}) {
    return this.#transport.json('GET', '/api/queue-status', { signal });
  }

  /**
   * Balance, usage, limits.
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.AccountReply>}
   */
  me({ signal } = {}) {
    return this.#transport.json('GET', '/api/me', { signal });
  }

  /**
   * Deletes everything that the user has made and said: jobs with pictures and videos, projects, keys, webhooks. What
   * runs is called off first. Credits stay. This cannot be undone.
   * @param {types.CallOptions} [options]
   * @returns {Promise<void>}
   */
  async deleteData({ signal } = {}) {
    /** @type {api.DataDeletedReply} */
    let deleted;
    do {
      deleted = await this.#transport.json('DELETE', '/api/me/data', { signal });
    } while (deleted.jobs_left > 0);
  }

  /**
   * What a page must know before anyone has signed in.
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.ConfigReply>}
   */
  config({ signal } = {}) {
    return this.#transport.json('GET', '/api/config', { signal, authorize: false });
  }

  /**
   * The rules for pages: job types with prices, validation, negative prompt, content policy.
   * @returns {Promise<types.Rules>}
   */
  rules() {
    return this.#loadRules();
  }

  /**
   * Counts tokens as SDXL does. A larger download, so ask for it when somebody writes a prompt.
   * @returns {Promise<types.Tokens>}
   */
  tokens() {
    return this.#loadTokens();
  }

  /** @param {types.Order} body */
  async #refuseHere(body) {
    // Without the rules (no network, a strict page policy) the edge alone decides, as it does in any case.
    const rules = await this.rules().catch(() => undefined);
    const problem = rules?.validateJob(body);
    if (problem) throw refusedHere(problem);
  }
}
