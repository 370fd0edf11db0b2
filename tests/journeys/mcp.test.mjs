// The official clients of the Model Context Protocol, unchanged, against the running service: the one that shakes hands,
// and the one of the revision without.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  Client as StatelessClient,
  StreamableHTTPClientTransport as StatelessTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { read } from '../tidy/support.mjs';
import { BASE, call, signIn, until } from './client.mjs';

const ENDPOINT = new URL(`${BASE}/mcp`);
const WAN = { queue: 'wan_queue' };
const PNG = '89504e470d0a1a0a';
const JPEG = 'ffd8ff';
const TOOLS = [
  'generate_image',
  'generate_video',
  'enhance_prompt',
  'job_status',
  'cancel_job',
  'list_assets',
  'queue_status',
];
/** A text that the content policy refuses: the first term of each of the lists that must not meet. */
const REFUSED_PROMPT = ['minor', 'sexual'].map(firstTerm).join(' ');

function firstTerm(section) {
  const [, terms] = read('shared/policy/data/policy_terms.txt').split(`\n[${section}]\n`);
  const [term] = terms.replaceAll(/^#.*$/gm, '').match(/[^,\n]+/);
  return term.replace('*', '').trim();
}

let user;
let mcp;
before(async () => {
  user = await signIn();
  mcp = await connected(await keyFor(user, { scopes: ['orders', 'read'] }));
});
after(() => administer('resume'));

async function administer(action) {
  const headers = { 'x-admin-secret': process.env.ADMIN_SECRET };
  const { status } = await call('POST', `/api/admin/${action}`, { body: WAN, headers });
  assert.equal(status, 200);
}

async function keyFor(owner, fields) {
  const { status, body } = await owner.request('POST', '/api/keys', { body: { name: 'mcp', ...fields } });
  assert.equal(status, 200, JSON.stringify(body));
  return body.key;
}

const withBearer = (token) => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } });

async function connected(token) {
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(ENDPOINT, withBearer(token)));
  return client;
}

/** A tool's result, whose form the client has compared with the tool's `outputSchema`. */
async function use(client, name, args = {}, options = {}) {
  const { content, structuredContent, isError, _meta } = await client.callTool(
    { name, arguments: args },
    undefined,
    options,
  );
  return { content, text: content[0].text, made: structuredContent, isError, error: _meta?.error };
}

async function refused(client, name, args, code) {
  const { isError, text, error } = await use(client, name, args);
  assert.equal(isError, true, text);
  assert.equal(error.code, code, text);
  assert.ok(text.includes(`(${code})`), text);
  assert.doesNotMatch(text, /postgrest|PGRST|relation|\.rs/i);
}

const bytesAt = async (url) => Buffer.from(await (await fetch(url)).arrayBuffer());
const begins = (bytes, magic) => assert.ok(bytes.toString('hex').startsWith(magic), bytes.toString('hex', 0, 8));

test('a client shakes hands, and finds the tools with their prices', async () => {
  assert.equal(mcp.getServerVersion().name, 'ourvidz');
  assert.match(mcp.getInstructions(), /job_status/);
  await mcp.ping();
  const { tools } = await mcp.listTools();
  assert.deepEqual(
    tools.map(({ name }) => name),
    TOOLS,
  );
  const [image, , , , cancel, list] = tools;
  assert.match(image.description, /sdxl_image_fast \(1 credit, 5 s\)/);
  assert.deepEqual(image.inputSchema.required, ['prompt']);
  assert.deepEqual([image.annotations.readOnlyHint, list.annotations.readOnlyHint], [false, true]);
  assert.equal(cancel.annotations.destructiveHint, true);
});

test('images: ordered, waited for, linked, and shown on request', async () => {
  const before = await user.balance();
  const { content, made, text } = await use(mcp, 'generate_image', {
    prompt: 'a red fox in snow',
    num_images: 3,
    aspect: '16:9',
    seed: 7,
    include_image: true,
  });
  assert.deepEqual([made.status, made.assets.length, made.credits_charged], ['completed', 3, 3], text);
  assert.equal(before.balance - (await user.balance()).balance, 3);
  for (const { url } of made.assets) {
    assert.ok(text.includes(url));
    begins(await bytesAt(url), PNG);
  }
  const images = content.slice(1);
  assert.deepEqual(
    images.map(({ type, mimeType }) => [type, mimeType]),
    Array(3).fill(['image', 'image/jpeg']),
  );
  begins(Buffer.from(images[0].data, 'base64'), JPEG);
  const job = await user.job(made.job_id);
  assert.deepEqual([job.metadata.aspect, job.metadata.seed, job.metadata.prompt], ['16:9', 7, 'a red fox in snow']);
});

test('whoever wants to hear of it is told how far an order is', async () => {
  const heard = [];
  const { made } = await use(
    mcp,
    'generate_image',
    { prompt: 'a red fox in snow', job_type: 'sdxl_image_high' },
    { onprogress: (progress) => heard.push(progress) },
  );
  assert.equal(made.status, 'completed');
  // At once done is nothing to tell.
  for (const { total } of heard) assert.equal(total, 100);
  await administer('pause');
  const { made: waiting } = await use(
    mcp,
    'generate_image',
    { prompt: 'a red fox in snow', job_type: 'image_fast', wait_seconds: 3 },
    { onprogress: (progress) => heard.push(progress) },
  );
  assert.equal(waiting.status, 'queued');
  assert.match(heard.at(-1).message, /^queued at position \d+$/);
  await use(mcp, 'cancel_job', { job_id: waiting.job_id });
  await administer('resume');
});

test('a video: ordered, followed, and listed', async () => {
  const { made: ordered, text } = await use(mcp, 'generate_video', { prompt: 'a red fox in snow' });
  assert.equal(ordered.credits_held, 5, text);
  assert.match(text, /job_status/);
  const done = await until('the video', async () => {
    const { made } = await use(mcp, 'job_status', { job_id: ordered.job_id });
    return made.status === 'completed' ? made : null;
  });
  assert.equal((await bytesAt(done.assets[0].url)).subarray(4, 8).toString(), 'ftyp');
  const { made: listed } = await use(mcp, 'list_assets', { kind: 'video', limit: 1 });
  assert.deepEqual([listed.assets.length, listed.assets[0].job_id], [1, ordered.job_id]);
});

test('an order is made and paid once under its name', async () => {
  const before = await user.balance();
  const order = () => use(mcp, 'generate_image', { prompt: 'a lighthouse at dawn', idempotency_key: key });
  const key = randomUUID();
  const [first, second] = [await order(), await order()];
  assert.equal(second.made.job_id, first.made.job_id);
  assert.equal(before.balance - (await user.balance()).balance, 1);
});

test('a cancel tells its price, ends the job, and gives the rest back', async () => {
  await administer('pause');
  const before = await user.balance();
  const { made } = await use(mcp, 'generate_image', { prompt: 'a fox', job_type: 'image_high', wait_seconds: 0 });
  assert.equal(made.status, 'queued');
  const { made: price } = await use(mcp, 'cancel_job', { job_id: made.job_id, dry_run: true });
  assert.deepEqual([price.cancelCost, price.dryRun], [0, true]);
  assert.equal((await use(mcp, 'job_status', { job_id: made.job_id })).made.status, 'queued');
  assert.equal((await use(mcp, 'cancel_job', { job_id: made.job_id })).made.status, 'canceled');
  assert.equal((await use(mcp, 'job_status', { job_id: made.job_id })).made.status, 'canceled');
  assert.deepEqual(await user.balance(), before);
  await administer('resume');
});

test('a better prompt, and how full the queues are', async () => {
  const { made, text } = await use(mcp, 'enhance_prompt', { prompt: 'a red fox in snow', job_type: 'image_fast' });
  assert.equal(made.prompt, text);
  assert.notEqual(made.prompt, 'a red fox in snow');
  const { made: queues } = await use(mcp, 'queue_status');
  assert.deepEqual(queues.queues.map(({ queue }) => queue).sort(), ['sdxl_queue', 'wan_queue']);
});

test('what is refused is a result that says what to do', async () => {
  const poor = await connected(await keyFor(user, { scopes: ['orders'], monthlyLimit: 1 }));
  const dear = { prompt: 'a fox', job_type: 'sdxl_image_high', wait_seconds: 0 };
  await refused(poor, 'generate_image', dear, 'spending_limit');
  await refused(mcp, 'generate_image', { prompt: '' }, 'invalid_request');
  await refused(mcp, 'generate_image', { prompt: 'a fox', num_images: 2 }, 'invalid_request');
  await refused(mcp, 'generate_image', { prompt: 'a fox', size: '1024x1024' }, 'invalid_request');
  await refused(mcp, 'generate_video', { prompt: 'a fox', job_type: 'image_fast' }, 'invalid_request');
  await refused(mcp, 'job_status', { job_id: randomUUID() }, 'not_found');
  await assert.rejects(use(mcp, 'draw'), /-32602/);
});

test('a user without credits, and a text that the policy refuses', async () => {
  const other = await signIn();
  const client = await connected(other.token);
  const { balance } = await other.balance();
  const headers = { 'x-admin-secret': process.env.ADMIN_SECRET };
  const taken = await call('POST', '/api/admin/credits', {
    body: { user_id: other.id, amount: -balance, reason: 'a test' },
    headers,
  });
  assert.equal(taken.status, 200, JSON.stringify(taken.body));
  await refused(client, 'generate_image', { prompt: 'a fox' }, 'insufficient_credits');
  for (const tool of ['generate_image', 'generate_video', 'enhance_prompt'])
    await refused(client, tool, { prompt: REFUSED_PROMPT }, 'content_policy');
});

test('nobody sees or ends another’s job', async () => {
  const stranger = await connected((await signIn()).token);
  const { made } = await use(mcp, 'generate_image', { prompt: 'a red fox in snow' });
  await refused(stranger, 'job_status', { job_id: made.job_id }, 'not_found');
  await refused(stranger, 'cancel_job', { job_id: made.job_id }, 'not_found');
  assert.deepEqual((await use(stranger, 'list_assets')).made.assets, []);
});

test('a key that is none, has too little scope, or is revoked', async () => {
  await assert.rejects(connected('ovz_nothing'), /unauthorized/);
  const reader = await connected(await keyFor(user, { scopes: ['read'] }));
  assert.equal((await use(reader, 'queue_status')).isError, false);
  await assert.rejects(use(reader, 'generate_image', { prompt: 'a fox' }), /key_scope/);

  const { body } = await user.request('POST', '/api/keys', { body: { name: 'mcp', scopes: ['read'] } });
  const revoked = await connected(body.key);
  assert.equal((await use(revoked, 'queue_status')).isError, false);
  assert.equal((await user.request('DELETE', `/api/keys/${body.apiKey.id}`)).status, 200);
  await until(
    'the key to be worthless',
    () =>
      revoked.ping().then(
        () => false,
        () => true,
      ),
    10_000,
  );
  await assert.rejects(revoked.ping(), /unauthorized/);
});

test('a client of the revision without a handshake does the same', async () => {
  const client = new StatelessClient(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  await client.connect(new StatelessTransport(ENDPOINT, withBearer(user.token)));
  assert.equal(client.getServerVersion().name, 'ourvidz');
  assert.deepEqual(
    (await client.listTools()).tools.map(({ name }) => name),
    TOOLS,
  );
  const { structuredContent, content } = await client.callTool({
    name: 'generate_image',
    arguments: { prompt: 'a red fox in snow', include_image: true },
  });
  assert.equal(structuredContent.status, 'completed');
  assert.equal(content[1].mimeType, 'image/jpeg');
  await client.close();
});

test('a page in a browser may call, and there is nothing to open or to end', async () => {
  const preflight = await call('OPTIONS', '/mcp', {
    headers: { origin: 'https://studio.example', 'access-control-request-method': 'POST' },
  });
  assert.equal(preflight.status, 204);
  const allowed = preflight.headers.get('access-control-allow-headers');
  for (const name of ['authorization', 'mcp-protocol-version', 'mcp-method', 'mcp-name'])
    assert.ok(allowed.includes(name), allowed);
  for (const method of ['GET', 'DELETE']) {
    const { status, headers } = await call(method, '/mcp', { headers: { authorization: `Bearer ${user.token}` } });
    assert.deepEqual([status, headers.get('allow')], [405, 'POST']);
  }
  const { status, headers } = await call('POST', '/mcp', { body: { jsonrpc: '2.0', id: 1, method: 'ping' } });
  assert.deepEqual([status, headers.get('www-authenticate')], [401, 'Bearer']);
});
