// The part of Supabase Storage's API with which a page shows what is its user's: signed URLs, one or many, and what
// they lead to. Whose an object is, the policies of storage.objects say (supabase/schemas/storage.sql), as there; the
// objects are in the stack's storage, and of them that table knows nothing: each stands in it while it is asked about.

import { createHmac } from 'node:crypto';
import { readBody, sendJson } from '../http-server.mjs';
import { asCaller, isCaller } from '../postgres/caller.mjs';
import { signHs256, verifiedClaims } from './jwt.mjs';

// Some hundred paths.
const MAX_BODY_BYTES = 64 * 1024;
const MAX_PATHS = 200;
// A year; a link that outlives its key is no use anyway.
const MAX_LIFETIME_SECONDS = 365 * 24 * 60 * 60;
const NO_ACCESS = 'Either the object does not exist or you do not have access to it';

/** An answer in the form of Supabase Storage's errors: the status stands in the body. */
export class StorageError extends Error {
  constructor(status, error, message) {
    super(message);
    this.body = { statusCode: String(status), error, message };
  }
}

export class StorageApi {
  #database;
  #objects;
  #verify;
  #secret;

  /** `database` is a `pg` pool of the owner of storage.objects, `objects` an S3, `verify(token)` a caller's claims. */
  constructor({ database, objects, verify, jwtSecret }) {
    this.#database = database;
    this.#objects = objects;
    this.#verify = verify;
    // A secret of its own: a link is no token of the API, and a token of the API no link.
    this.#secret = createHmac('sha256', jwtSecret).update('links of the local storage').digest('base64url');
  }

  /** What a path below `/storage/v1/object/sign` names: a bucket and, in its own form, a key. */
  static named(path) {
    const [bucket, ...rest] = path.slice(1).split('/');
    try {
      return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(rest.join('/')) };
    } catch {
      throw new StorageError(400, 'InvalidRequest', 'The path is not encoded well');
    }
  }

  /** Where a signed URL leads to; refused when it is not genuine, no longer good, or of another object. */
  target({ bucket, key }, token) {
    const claims = verifiedClaims(token ?? '', { jwtSecret: this.#secret });
    if (claims?.url !== `${bucket}/${key}`) throw new StorageError(400, 'InvalidJWT', 'The link is not good');
    return this.#objects.link(bucket, key);
  }

  /** `POST /object/sign/<bucket>/<key>`, or with the bucket alone and `paths`. */
  async sign(request, response, { bucket, key }) {
    const claims = this.#verify((request.headers.authorization ?? '').replace(/^Bearer /i, ''));
    if (!isCaller(claims)) throw new StorageError(403, 'Unauthorized', 'Invalid token');
    const { expiresIn, paths, transform } = await jsonObject(request);
    if (transform !== undefined)
      throw new StorageError(400, 'InvalidRequest', 'Transformations are not part of the local stand-in');
    if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > MAX_LIFETIME_SECONDS)
      throw new StorageError(400, 'InvalidRequest', `expiresIn is in seconds, from 1 to ${MAX_LIFETIME_SECONDS}`);
    if (key !== '') {
      const [url] = await this.#signed(claims, bucket, [key], expiresIn);
      if (url === null) throw new StorageError(404, 'not_found', 'Object not found');
      return sendJson(response, 200, { signedURL: url });
    }
    const isList = Array.isArray(paths) && paths.length <= MAX_PATHS && paths.every((path) => typeof path === 'string');
    if (!isList) throw new StorageError(400, 'InvalidRequest', `paths is a list of at most ${MAX_PATHS} texts`);
    const urls = await this.#signed(claims, bucket, paths, expiresIn);
    const answer = paths.map((path, index) => ({
      path,
      signedURL: urls[index],
      error: urls[index] === null ? NO_ACCESS : null,
    }));
    return sendJson(response, 200, answer);
  }

  /** A URL for each key, or null where the caller may not read it or it is not there. */
  async #signed(claims, bucket, keys, lifetimeSeconds) {
    const readable = await this.#readable(claims, bucket, keys);
    const exp = Math.floor(Date.now() / 1000) + lifetimeSeconds;
    return Promise.all(
      keys.map(async (key) => {
        if (!readable.has(key) || !(await this.#objects.has(bucket, key))) return null;
        const token = signHs256({ url: `${bucket}/${key}`, exp }, this.#secret);
        return `/object/sign/${bucket}/${key}?token=${token}`;
      }),
    );
  }

  async #readable(claims, bucket, keys) {
    const { rows } = await asCaller(
      this.#database,
      claims,
      (client) => client.query('select name from storage.objects where bucket_id = $1', [bucket]),
      (client) =>
        client.query('insert into storage.objects (bucket_id, name) select $1, unnest($2::text[])', [bucket, keys]),
    );
    return new Set(rows.map(({ name }) => name));
  }
}

async function jsonObject(request) {
  const text = (await readBody(request, MAX_BODY_BYTES)).toString('utf8');
  try {
    const body = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // Answered below, as any other body that is no object.
  }
  throw new StorageError(400, 'InvalidRequest', 'The body has to be a JSON object');
}
