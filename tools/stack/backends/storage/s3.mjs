// Object storage over S3, for operators' commands: the few requests that an audit needs, signed in the URL
// (AWS Signature Version 4). The functions and the worker have their own in Rust.

import { createHash, createHmac } from 'node:crypto';

// A link is used at once; this leaves room for clocks that differ.
const EXPIRES_SECONDS = 300;
const PATIENCE_MS = 30_000;
const TRIES = 3;
// The most that the protocol gives at once.
const PAGE = 1000;
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** A storage by the S3_* settings. */
export class S3 {
  #settings;
  #page;

  /** `page` is how many objects a listing asks for at once. */
  constructor(settings, { page = PAGE } = {}) {
    for (const name of ['S3_ENDPOINT', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY']) {
      if (!settings[name]) throw new Error(`${name} is missing.`);
    }
    if (settings.S3_BUCKET_LAYOUT === 'prefixes' && !settings.S3_BUCKET)
      throw new Error('S3_BUCKET_LAYOUT=prefixes needs S3_BUCKET.');
    this.#settings = settings;
    this.#page = page;
  }

  /** Every object of a logical bucket in the order of its keys: `{ key, bytes, modified, etag }`. */
  async *list(bucket) {
    const { container, prefix } = this.#place(bucket);
    let token;
    do {
      const query = {
        'list-type': '2',
        'max-keys': String(this.#page),
        ...(prefix && { prefix }),
        ...(token && { 'continuation-token': token }),
      };
      const answer = await this.#ask('GET', `/${container}`, query);
      if (answer.status !== 200) throw new Error(`listing ${bucket} was answered ${answer.status}`);
      const xml = await answer.text();
      for (const [, entry] of xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
        yield {
          key: field(entry, 'Key').slice(prefix.length),
          bytes: Number(field(entry, 'Size')),
          modified: new Date(field(entry, 'LastModified')),
          etag: field(entry, 'ETag').replaceAll('"', ''),
        };
      }
      token = field(xml, 'NextContinuationToken');
    } while (token);
  }

  /** Whether there is such an object. */
  async has(bucket, key) {
    const { status } = await this.#ask('HEAD', this.#path(bucket, key));
    if (status !== 200 && status !== 404) throw new Error(`looking at ${bucket}/${key} was answered ${status}`);
    return status === 200;
  }

  /** A link to an object, for a while. */
  link(bucket, key) {
    return this.#sign('GET', this.#path(bucket, key), {}, new Date());
  }

  /** Writes a small object. */
  async put(bucket, key, bytes, contentType) {
    const { status } = await this.#ask(
      'PUT',
      this.#path(bucket, key),
      {},
      { body: bytes, headers: { 'content-type': contentType } },
    );
    if (status !== 200) throw new Error(`writing ${bucket}/${key} was answered ${status}`);
  }

  /** Deletes an object; one that is gone already is no error. */
  async remove(bucket, key) {
    const { status } = await this.#ask('DELETE', this.#path(bucket, key));
    if (![200, 204, 404].includes(status)) throw new Error(`deleting ${bucket}/${key} was answered ${status}`);
  }

  #place(bucket) {
    const { S3_BUCKET_LAYOUT: layout, S3_BUCKET: container } = this.#settings;
    return layout === 'prefixes' ? { container, prefix: `${bucket}/` } : { container: bucket, prefix: '' };
  }

  #path(bucket, key) {
    const { container, prefix } = this.#place(bucket);
    return `/${container}/${prefix}${key}`;
  }

  async #ask(method, path, query = {}, content = {}) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await fetch(this.#sign(method, path, query, new Date()), {
          method,
          ...content,
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        if (answer.status < 500 || attempt === TRIES) return answer;
      } catch (error) {
        if (attempt === TRIES) throw new Error(`The storage does not answer: ${error.message}`);
      }
    }
  }

  #sign(method, path, query, now) {
    const {
      S3_ENDPOINT: endpoint,
      S3_REGION: region = 'auto',
      S3_ACCESS_KEY_ID: id,
      S3_SECRET_ACCESS_KEY: secret,
    } = this.#settings;
    const url = new URL(endpoint);
    const canonicalPath = encode(`${decodeURI(url.pathname).replace(/\/+$/, '')}${path}`, '/');
    const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
    const signed = {
      ...query,
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${id}/${scope}`,
      'X-Amz-Date': time,
      'X-Amz-Expires': String(EXPIRES_SECONDS),
      'X-Amz-SignedHeaders': 'host',
    };
    const pairs = Object.entries(signed).map(([name, value]) => `${encode(name)}=${encode(value)}`);
    const canonicalQuery = pairs.sort().join('&');
    const canonical = [method, canonicalPath, canonicalQuery, `host:${url.host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join(
      '\n',
    );
    const toSign = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
    const key = scope.split('/').reduce(hmac, `AWS4${secret}`);
    return `${url.protocol}//${url.host}${canonicalPath}?${canonicalQuery}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`;
  }
}

function hmac(key, text) {
  return createHmac('sha256', key).update(text).digest();
}

function encode(text, kept = '') {
  const percent = (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  const encoded = encodeURIComponent(text).replace(/[!'()*]/g, percent);
  return kept === '/' ? encoded.replaceAll('%2F', '/') : encoded;
}

/** The text of an element that occurs once; empty when it does not. */
function field(xml, name) {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, entity) => {
    if (entity) return ENTITIES[entity] ?? whole;
    return String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal));
  });
}
