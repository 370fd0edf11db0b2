// Whether a webhook is genuine, held to signatures by Node's own HMAC and by another implementation.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { verifyWebhook, WebhookError } from '../../shared/client/modules/webhooks.js';

const KEY = Buffer.from('0123456789abcdef0123456789abcdef');
const SECRET = `whsec_${KEY.toString('base64')}`;
const NOW = Date.parse('2026-01-01T00:00:00Z');
const BODY = '{"type":"job.completed", "data":{"id":"ü"}}';

function headersOf({ id = 'msg_1', timestamp = NOW / 1000, body = BODY, key = KEY } = {}) {
  const tag = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': `${timestamp}`, 'webhook-signature': `v1,${tag}` };
}

const verify = (headers, options) => verifyWebhook({ secret: SECRET, headers, body: BODY, now: NOW, ...options });

test('a genuine message is read', async () => {
  assert.deepEqual(await verify(headersOf()), JSON.parse(BODY));
  assert.deepEqual(await verify(new Headers(headersOf())), JSON.parse(BODY));
  assert.deepEqual(await verify(headersOf({ timestamp: NOW / 1000 - 300 })), JSON.parse(BODY));
});

test('what another implementation signs is genuine', async () => {
  const signature = new Webhook(SECRET).sign('msg_1', new Date(NOW), BODY);
  assert.deepEqual(await verify({ ...headersOf(), 'webhook-signature': signature }), JSON.parse(BODY));
});

test('secrets and signatures may be several while a secret is replaced', async () => {
  const other = Buffer.alloc(32, 7);
  const both = {
    ...headersOf(),
    'webhook-signature': `${headersOf({ key: other })['webhook-signature']} ${headersOf()['webhook-signature']}`,
  };
  assert.deepEqual(await verify(both), JSON.parse(BODY));
  assert.deepEqual(
    await verify(headersOf(), { secret: [`whsec_${other.toString('base64')}`, SECRET] }),
    JSON.parse(BODY),
  );
});

test('everything else is refused', async () => {
  const signature = headersOf()['webhook-signature'];
  const cases = [
    [headersOf({ body: '{}' })],
    [headersOf({ key: Buffer.alloc(32, 7) })],
    [headersOf(), { body: BODY.replace(' ', '') }],
    [{ ...headersOf(), 'webhook-id': 'msg_2' }],
    [headersOf({ timestamp: NOW / 1000 - 301 })],
    [headersOf({ timestamp: NOW / 1000 + 301 })],
    [{ ...headersOf(), 'webhook-timestamp': 'now' }],
    [{ ...headersOf(), 'webhook-signature': signature.replace('v1,', 'v2,') }],
    [{ ...headersOf(), 'webhook-signature': 'v1,not base64!' }],
    [{ ...headersOf(), 'webhook-signature': 'v1' }],
    [headersOf(), { secret: 'whsec_%%%' }],
    ...['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [{ ...headersOf(), [name]: undefined }]),
    [{}],
  ];
  for (const [headers, options] of cases)
    await assert.rejects(verify(headers, options), WebhookError, JSON.stringify([headers, options]));
});
