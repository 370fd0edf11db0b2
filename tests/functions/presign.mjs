// Presigned addresses made here, by the published algorithm and Node's own crypto, so that the storage is asked with
// links that the edge would never make: expired ones, and others' methods.

import { createHash, createHmac } from 'node:crypto';

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const percentEncoded = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** A link for `method` on an object, signed at `at` and good for so many seconds. */
export function presigned(method, bucket, key, { at = new Date(), seconds = 300 } = {}) {
  const { S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = process.env;
  const base = new URL(S3_ENDPOINT);
  const pathname = `${base.pathname.replace(/\/$/, '')}/${bucket}/${key.split('/').map(percentEncoded).join('/')}`;
  const stamp = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = stamp.slice(0, 8);
  const scope = `${day}/${S3_REGION}/s3/aws4_request`;
  const query = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${S3_ACCESS_KEY_ID}/${scope}`],
    ['X-Amz-Date', stamp],
    ['X-Amz-Expires', String(seconds)],
    ['X-Amz-SignedHeaders', 'host'],
  ]
    .map(([name, value]) => `${name}=${percentEncoded(value)}`)
    .join('&');
  const canonical = [method, pathname, query, `host:${base.host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const dayKey = hmac(`AWS4${S3_SECRET_ACCESS_KEY}`, day);
  const signingKey = hmac(hmac(hmac(dayKey, S3_REGION), 's3'), 'aws4_request');
  const signature = createHmac('sha256', signingKey)
    .update(`AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${digest}`)
    .digest('hex');
  return `${base.origin}${pathname}?${query}&X-Amz-Signature=${signature}`;
}
