// For the server that webhooks are sent to: is a message from the service, and is it new?
// Standard Webhooks v1, as the edge signs them.

/** @import { VerifyOptions, WebhookMessage } from './types.js' */

/** How old or how far in the future a message may be. */
export const TOLERANCE_SECONDS = 300;

/** A message that must not be believed; answer it with 401. `reason` says why, for logs. */
export class WebhookError extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(`The webhook cannot be believed: ${reason}.`);
    this.name = 'WebhookError';
    this.reason = reason;
  }
}

/**
 * The JSON of a message that is genuine; throws a `WebhookError` otherwise. `body` is the text as it arrived:
 * parsed and written again it would have another signature. Remember `webhook-id` to take each message once.
 * @param {VerifyOptions} options
 * @returns {Promise<WebhookMessage>}
 */
export async function verifyWebhook({ secret, headers, body, toleranceSeconds = TOLERANCE_SECONDS, now = Date.now() }) {
  const needed = (/** @type {string} */ name) => {
    const value = headers instanceof Headers ? headers.get(name) : headers[name];
    if (typeof value !== 'string' || value === '') throw new WebhookError(`no ${name}`);
    return value;
  };
  const id = needed('webhook-id');
  const timestamp = needed('webhook-timestamp');
  const signatures = needed('webhook-signature');
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now / 1000 - Number(timestamp)) > toleranceSeconds)
    throw new WebhookError('its time');

  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const genuine = await Promise.all(
    [secret].flat().flatMap((each) => signatures.split(' ').map((signature) => isGenuine(each, signature, signed))),
  );
  if (!genuine.includes(true)) throw new WebhookError('its signature');
  return JSON.parse(body);
}

/**
 * @param {string} secret
 * @param {string} signature
 * @param {Uint8Array<ArrayBuffer>} signed
 */
async function isGenuine(secret, signature, signed) {
  const [version, tag] = signature.split(',');
  if (version !== 'v1' || !tag) return false;
  try {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('raw', bytesOf(secret.replace(/^whsec_/, '')), algorithm, false, [
      'verify',
    ]);
    // Compares in constant time.
    return await crypto.subtle.verify('HMAC', key, bytesOf(tag), signed);
  } catch {
    // Not base64.
    return false;
  }
}

/** @param {string} base64 */
function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
