// What belongs to a user besides jobs and assets: projects, reference images, webhooks, API keys.

/** @import * as api from './api.js' */
/** @import * as types from './types.js' */
/** @import { Transport } from './transport.js' */

import { Pages, pathWith } from './pages.js';
import { uploadReference } from './references.js';

export class Projects {
  #transport;

  /** @param {Transport} transport */
  constructor(transport) {
    this.#transport = transport;
  }

  /**
   * The user's projects, newest first.
   * @param {{ limit?: number } & types.CallOptions} [filter]
   * @returns {Pages<api.ProjectReply>}
   */
  list({ signal, ...filter } = {}) {
    return new Pages((cursor) =>
      this.#transport.json('GET', pathWith('/api/projects', { ...filter, cursor }), { signal }),
    );
  }

  /**
   * @param {api.ProjectRequest} fields
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.ProjectReply>}
   */
  async create(fields, { signal } = {}) {
    /** @type {api.ProjectSavedReply} */
    const { project } = await this.#transport.json('POST', '/api/projects', { body: fields, signal });
    return project;
  }

  /**
   * What is absent stays; `null` empties.
   * @param {string} id
   * @param {api.ProjectRequest} fields
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.ProjectReply>}
   */
  async update(id, fields, { signal } = {}) {
    /** @type {api.ProjectSavedReply} */
    const { project } = await this.#transport.json('PATCH', `/api/projects/${encodeURIComponent(id)}`, {
      body: fields,
      signal,
    });
    return project;
  }
}

export class References {
  #transport;

  /** @param {Transport} transport */
  constructor(transport) {
    this.#transport = transport;
  }

  /**
   * Uploads a picture; the result goes into an order's `metadata.references`.
   * @param {Blob | Uint8Array<ArrayBuffer>} file
   * @param {types.UploadOptions} options
   * @returns {Promise<types.UploadedReference>}
   */
  upload(file, options) {
    return uploadReference(this.#transport, file, options);
  }
}

export class Webhooks {
  #transport;

  /** @param {Transport} transport */
  constructor(transport) {
    this.#transport = transport;
  }

  /**
   * What messages are signed with; `verifyWebhook` takes it.
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.SecretReply>}
   */
  secret({ signal } = {}) {
    return this.#transport.json('GET', '/api/webhooks/secret', { signal });
  }

  /**
   * Makes a new secret. The one before it signs beside it for a day.
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.SecretReply>}
   */
  replaceSecret({ signal } = {}) {
    return this.#transport.json('POST', '/api/webhooks/secret', { body: {}, signal });
  }

  /**
   * What became of the messages, newest first.
   * @param {types.DeliveryFilter & types.CallOptions} [filter]
   * @returns {Pages<api.WebhookDelivery>}
   */
  deliveries({ signal, ...filter } = {}) {
    return new Pages((cursor) =>
      this.#transport.json('GET', pathWith('/api/webhooks/deliveries', { ...filter, cursor }), { signal }),
    );
  }

  /**
   * Sends a message anew.
   * @param {string} id
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.WebhookDelivery>}
   */
  async redeliver(id, { signal } = {}) {
    const path = `/api/webhooks/deliveries/${encodeURIComponent(id)}/redrive`;
    /** @type {api.RedrivenReply} */
    const { delivery } = await this.#transport.json('POST', path, { body: {}, signal });
    return delivery;
  }
}

export class Keys {
  #transport;

  /** @param {Transport} transport */
  constructor(transport) {
    this.#transport = transport;
  }

  /**
   * Makes a key for a program. `key` is shown this once: keep it, nobody else does.
   * @param {api.ApiKeyRequest} fields
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.ApiKeyCreatedReply>}
   */
  create(fields, { signal } = {}) {
    return this.#transport.json('POST', '/api/keys', { body: fields, signal });
  }

  /**
   * The user's keys, newest first.
   * @param {types.CallOptions} [options]
   * @returns {Promise<api.ApiKeyView[]>}
   */
  async list({ signal } = {}) {
    /** @type {api.ApiKeysReply} */
    const { items } = await this.#transport.json('GET', '/api/keys', { signal });
    return items;
  }

  /**
   * Makes a key good for nothing, within seconds.
   * @param {string} id
   * @param {types.CallOptions} [options]
   * @returns {Promise<void>}
   */
  async revoke(id, { signal } = {}) {
    await this.#transport.json('DELETE', `/api/keys/${encodeURIComponent(id)}`, { signal });
  }
}
