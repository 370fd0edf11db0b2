// What the end-to-end tests share: a user with a token, a worker with a signature, and waiting.
// The stack's variables come in the environment, as tools/stack/testing/with-stack.mjs sets them.

import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';

export const BASE = process.env.PUBLIC_BASE_URL;
assert.ok(BASE, 'PUBLIC_BASE_URL is not set: run this by `npm test`, or inside tools/stack/testing/with-stack.mjs');

const PATIENCE_MS = 60_000;
const PAUSE_MS = 200;

/** Signs in; every address is its own user. */
export async function signIn(email = `${randomUUID()}@example.com`) {
  const answer = await fetch(`${process.env.SUPABASE_URL}/auth/v1/token?grant_type=password`, {
    method: 'POST',
    headers: { apikey: process.env.SUPABASE_ANON_KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'a password' }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  const { access_token: token, user } = await answer.json();
  return new User(email, token, user.id);
}

class User {
  constructor(email, token, id) {
    Object.assign(this, { email, token, id });
  }

  /** A request in this user's name; resolves to `{ status, headers, body }`. */
  request(method, path, { body, headers = {} } = {}) {
    return call(method, path, { body, headers: { authorization: `Bearer ${this.token}`, ...headers } });
  }

  submit(jobType, metadata = {}, { headers, ...fields } = {}) {
    const body = { jobType, metadata: { prompt: 'a red fox in snow', ...metadata }, ...fields };
    return this.request('POST', '/functions/v1/queue-job', { body, headers });
  }

  async job(id) {
    const { status, body } = await this.request('GET', `/api/jobs/${id}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  /** The job, once it has ended. */
  ended(id) {
    return until(`job ${id} to end`, async () => {
      const job = await this.job(id);
      return ['completed', 'failed', 'canceled'].includes(job.status) ? job : null;
    });
  }

  async balance() {
    const { body } = await this.request('GET', '/api/me');
    return { balance: body.balance, held: body.held };
  }
}

/** A request to the edge. A string or bytes as body go out as they are. */
export async function call(method, path, { body, headers = {} } = {}) {
  const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const answer = await fetch(path.startsWith('http') ? path : BASE + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: raw ? body : JSON.stringify(body),
    redirect: 'manual',
  });
  const text = await answer.text();
  let parsed = text;
  if (answer.headers.get('content-type')?.startsWith('application/json')) parsed = JSON.parse(text);
  return { status: answer.status, headers: answer.headers, body: parsed };
}

/** A worker that signs as Standard Webhooks say. */
export class TestWorker {
  constructor(id = `test-${randomUUID()}`, secret = process.env.WORKER_CALLBACK_SECRET) {
    this.id = id;
    this.key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  }

  headers(text, { id = `msg_${randomUUID()}`, timestamp = Math.floor(Date.now() / 1000) } = {}) {
    const tag = createHmac('sha256', this.key).update(`${id}.${timestamp}.${text}`).digest('base64');
    return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${tag}` };
  }

  post(path, fields) {
    const text = JSON.stringify(fields);
    return call('POST', path, { body: text, headers: this.headers(text) });
  }

  claim(queue, fields = {}) {
    return this.post('/functions/v1/claim-job', { worker_id: this.id, queue, ...fields });
  }

  /** A report on a job that was claimed with `claim`. */
  report(claim, fields) {
    const { job_id, attempt, leaseId } = claim;
    return this.post('/functions/v1/job-callback', { job_id, attempt, leaseId, worker_id: this.id, ...fields });
  }

  /** Uploads bytes for one asset and resolves to its key. */
  async upload(claim, index, bytes, { role = 'image', contentType = 'image/png' } = {}) {
    const asked = await this.report(claim, {
      status: 'processing',
      uploadRequests: [{ index, role, contentType, bytes: bytes.length }],
    });
    assert.equal(asked.status, 200, JSON.stringify(asked.body));
    const [{ url, key, headers }] = asked.body.uploads;
    const put = await fetch(url, { method: 'PUT', headers, body: bytes });
    assert.equal(put.status, 200, await put.text());
    return key;
  }
}

/** The smallest PNG: one grey dot. */
export const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);

/** A Redis command over the REST endpoint. */
export async function redis(...command) {
  const answer = await fetch(process.env.UPSTASH_REDIS_REST_URL, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(command),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()).result;
}

// A grey JPEG of one pixel.
const GREY = Buffer.from(
  `/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQ
   YEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAABAAED
   ASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAA
   AAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKgA/9k=`,
  'base64',
);

/** A small JPEG that a comment tells from others, in base64. */
export function jpeg(comment) {
  const text = Buffer.from(comment);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length + 2);
  return Buffer.concat([GREY.subarray(0, 2), Buffer.from('fffe', 'hex'), length, text, GREY.subarray(2)]).toString(
    'base64',
  );
}

/** Tries until something comes, or fails with what it waited for. */
export async function until(what, attempt, patience = PATIENCE_MS) {
  const deadline = Date.now() + patience;
  for (;;) {
    const found = await attempt();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${patience} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Every error looks the same, and says nothing that it should not. */
export function assertRefused(answer, status, code) {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(answer.body.success, false);
  assert.equal(answer.body.code, code, JSON.stringify(answer.body));
  assert.equal(typeof answer.body.error, 'string');
  assert.equal(typeof answer.body.retryable, 'boolean');
  assert.equal(answer.body.requestId, answer.headers.get('x-request-id'));
  assert.doesNotMatch(JSON.stringify(answer.body), /postgrest|PGRST|relation|stack|at .*\.rs/i);
}
