// Reference images: a signed link, then the file itself.

/** @import { Operations } from './api.js' */
/** @import { UploadedReference, UploadOptions } from './types.js' */
/** @import { Transport } from './transport.js' */

import { OurVidzError } from './errors.js';

// Ten megabytes over a slow mobile line.
const UPLOAD_TIMEOUT_MS = 120_000;
// The link is good for ten minutes and for the same bytes each time, so an upload may be repeated.
const UPLOAD_TRIES = 3;
const PAUSE_MS = 1_000;
// Where something lies already.
const OCCUPIED = 412;

/**
 * Uploads a picture. What it gives goes into an order's `metadata.references`, with a `strength` if you like.
 * @param {Transport} transport
 * @param {Blob | Uint8Array<ArrayBuffer>} file
 * @param {UploadOptions} options
 * @returns {Promise<UploadedReference>}
 */
export async function uploadReference(
  transport,
  file,
  { type, consent, contentType, signal, timeoutMs = UPLOAD_TIMEOUT_MS },
) {
  const blob = file instanceof Blob ? file : new Blob([file]);
  const mediaType = contentType ?? /** @type {UploadOptions['contentType']} */ (blob.type || (await mediaTypeOf(blob)));
  const body = { type, contentType: mediaType, bytes: blob.size, ...(consent === undefined ? {} : { consent }) };
  /** @type {Operations['uploadReference']['reply']} */
  const link = await transport.json('POST', '/api/references', { body, signal, repeatable: true });
  for (let attempt = 1; ; attempt += 1) {
    try {
      const init = { method: link.method, headers: { ...link.headers }, body: blob, timeoutMs, signal };
      const { ok, status } = await transport.upload(link.url, init);
      // Nobody else has the link: what lies there is what an earlier try sent, whose answer was lost.
      if (ok || (status === OCCUPIED && attempt > 1)) return { type, key: link.key };
      throw new OurVidzError({
        code: 'upload_failed',
        message: `The storage refused the file with ${status}.`,
        status,
        retryable: status === 408 || status === 429 || status >= 500,
        suggestedAction: 'Upload it again.',
      });
    } catch (error) {
      if (!(error instanceof OurVidzError) || !error.retryable || attempt >= UPLOAD_TRIES) throw error;
      await transport.timing.sleep(PAUSE_MS * attempt, signal);
    }
  }
}

/**
 * What a file without a declared type begins like. The edge looks again before it takes an order.
 * @param {Blob} blob
 */
async function mediaTypeOf(blob) {
  const start = String.fromCharCode(...new Uint8Array(await blob.slice(0, 12).arrayBuffer()));
  if (start.startsWith('\x89PNG')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'image/webp';
  return 'application/octet-stream';
}
