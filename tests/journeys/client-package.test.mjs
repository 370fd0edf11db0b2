// The npm package: packed, installed as a stranger would, and used against the running service over a network that breaks.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { BASE, DOT, signIn } from './client.mjs';
import { FlakyProxy } from './flaky-proxy.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const ORDER = { jobType: 'sdxl_image_fast', metadata: { prompt: 'a red fox in snow', num_images: 3, seed: 7 } };

// It has no CommonJS form: whoever uses `require` has to import it.
const ONLY_AS_MODULE = ['CJSResolvesToESM'];

let folder;
let archive;
let library;
let proxy;
before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-client-'));
  const npm = (...args) => execFileSync('npm', args, { cwd: folder, encoding: 'utf8' });
  const [{ filename }] = JSON.parse(npm('pack', path.join(ROOT, 'build', 'client'), '--json'));
  archive = path.join(folder, filename);
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true,"type":"module"}');
  npm('install', '--offline', '--no-audit', '--no-fund', `./${filename}`);
  // Resolved from the folder, as a file in it would.
  fs.writeFileSync(
    path.join(folder, 'use.js'),
    "export * from 'ourvidz-client';\nexport { verifyWebhook } from 'ourvidz-client/webhooks';\n",
  );
  library = await import(pathToFileURL(path.join(folder, 'use.js')));
  proxy = await new FlakyProxy(BASE).start();
});
after(() => {
  proxy?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A client of a new user, over the network that breaks. */
async function newClient(options = {}) {
  const user = await signIn();
  return { user, client: library.createClient({ baseUrl: proxy.url, token: () => user.token, ...options }) };
}

async function all(list) {
  const items = [];
  for await (const item of list) items.push(item);
  return items;
}

test('the package has what it promises, and nothing else', () => {
  const installed = path.join(folder, 'node_modules', 'ourvidz-client');
  const files = fs.readdirSync(installed);
  const { exports, dependencies, version } = JSON.parse(fs.readFileSync(path.join(installed, 'package.json'), 'utf8'));
  assert.equal(dependencies, undefined);
  assert.equal(version, JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version);
  const named = Object.values(exports).flatMap((conditions) =>
    typeof conditions === 'string' ? conditions : Object.values(conditions),
  );
  assert.deepEqual(
    named.filter((file) => !fs.existsSync(path.join(installed, file))),
    [],
  );
  for (const file of ['README.md', 'LICENSE', 'api.d.ts', 'ourvidz_client_bg.wasm', 'ourvidz_client_tokens_bg.wasm'])
    assert.ok(files.includes(file), file);
  assert.deepEqual(
    files.filter((file) => !/\.(js|d\.ts|wasm|md|json)$|^LICENSE/.test(file)),
    [],
  );
});

test('what registries and compilers ask of a package holds', async () => {
  const tarball = fs.readFileSync(archive);
  // As bytes of their own: a small Buffer is a part of a larger one.
  const { messages, pkg } = await publint({ pack: { tarball: Uint8Array.from(tarball).buffer }, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
  const { problems } = await checkPackage(createPackageFromTarballData(Uint8Array.from(tarball)));
  assert.deepEqual(
    problems.filter(({ kind }) => !ONLY_AS_MODULE.includes(kind)),
    [],
  );
});

test('a job is ordered, watched to its end and found in the lists', async () => {
  const { client } = await newClient();
  const created = await client.createJob(ORDER);
  const kinds = [];
  let last;
  for await (const { job, events } of client.watchJob(created.job.id)) {
    kinds.push(...events.map(({ kind }) => kind));
    last = job;
  }
  assert.equal(last.status, 'completed');
  assert.equal(last.assets.length, 3);
  assert.equal((await fetch(last.assets[0].url)).headers.get('content-type'), 'image/png');
  assert.equal(kinds[0], 'queued');
  assert.ok(kinds.includes('processing'), kinds.join());

  assert.deepEqual(
    (await all(client.jobs({ limit: 1 }))).map(({ id }) => id),
    [created.job.id],
  );
  const assets = await all(client.assets({ kind: 'image', limit: 2 }));
  assert.equal(assets.length, 3);
  assert.equal((await client.updateAsset(assets[0].id, { saved: true, title: 'A fox' })).title, 'A fox');
  assert.deepEqual((await client.updateAsset(assets[0].id, { add_tags: ['Red  Fox'] })).tags, ['red fox']);
  assert.deepEqual(await client.tags(), ['red fox']);
  assert.deepEqual(
    (await client.assets({ tag: 'red fox' }).page()).items.map(({ id }) => id),
    [assets[0].id],
  );
  assert.equal((await all(client.assets({ saved: true }))).length, 1);
  await client.deleteAsset(assets[0].id);
  await client.deleteAsset(assets[0].id);
  assert.equal((await all(client.assets())).length, 2);

  const again = await client.retry(created.job.id);
  assert.notEqual(again.job.id, created.job.id);
  assert.equal((await client.watchJob(again.job.id).finished()).status, 'completed');
});

test('an answer that is lost does not become a second order', async () => {
  const { client } = await newClient();
  proxy.loseAnswers(/POST .*queue-job/, 2);
  const created = await client.createJob(ORDER);
  assert.equal(created.replayed, true);
  assert.deepEqual(
    (await all(client.jobs())).map(({ id }) => id),
    [created.job.id],
  );
});

test('an order whose answers are all lost is the same order after a reload', async () => {
  const items = new Map();
  const keyStore = {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => items.set(name, value),
    removeItem: (name) => items.delete(name),
  };
  const { user, client } = await newClient({ keyStore, tries: 1 });
  proxy.loseAnswers(/POST .*queue-job/);
  await assert.rejects(client.createJob(ORDER), { code: 'network', outcomeUnknown: true });
  assert.equal(items.size, 1);
  const reloaded = library.createClient({ baseUrl: proxy.url, token: () => user.token, keyStore });
  const created = await reloaded.createJob(ORDER);
  assert.equal(created.replayed, true);
  assert.equal(items.size, 0);
  assert.equal((await all(reloaded.jobs())).length, 1);
});

test('a watch goes through cut connections and misses nothing', async () => {
  const { client } = await newClient();
  const { job } = await client.createJob(ORDER);
  const numbers = [];
  const connections = new Set();
  let cuts = 0;
  const finished = client
    .watchJob(job.id, {
      onUpdate: ({ events }) => {
        numbers.push(...events.map(({ seq }) => seq));
        if (events.length > 0 && cuts++ < 2) proxy.cut();
      },
      onConnection: (connection) => connections.add(connection),
    })
    .finished();
  assert.equal((await finished).status, 'completed');
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
    'each event once, in order',
  );
  assert.ok(connections.has('live'));
  assert.ok(cuts >= 2);
});

test('all jobs are watched over one stream, from now on', async () => {
  const { client } = await newClient();
  const past = await client.run(ORDER);
  const controller = new AbortController();
  const streams = () => proxy.requests.filter((line) => line.startsWith('GET /api/events')).length;
  const before = streams();
  const ended = new Map();
  const orders = [];
  for await (const update of client.watchAll({ signal: controller.signal })) {
    if (update.kind === 'ready') {
      for (let n = 0; n < 2; n += 1)
        orders.push((await client.createJob({ ...ORDER, metadata: { prompt: 'a red fox', seed: n } })).job.id);
      proxy.cut();
      continue;
    }
    if (update.job.status === 'completed') ended.set(update.job.id, update.job);
    if (orders.length === 2 && orders.every((id) => ended.has(id))) break;
  }
  assert.equal(ended.has(past.id), false);
  assert.equal(ended.get(orders[0]).assets.length, 1);
  assert.ok(streams() - before >= 2, 'it came back after the cut');
});

test('what would be refused is refused before it is sent, with the same words', async () => {
  const { user, client } = await newClient();
  const wrong = { jobType: 'sdxl_image_fast', metadata: { prompt: 'a red fox', num_images: 2 } };
  const sent = proxy.requests.length;
  const here = await client.createJob(wrong).catch((error) => error);
  assert.equal(proxy.requests.length, sent);
  const there = await client.createJob(wrong, { validate: false }).catch((error) => error);
  assert.ok(here instanceof library.OurVidzError && there instanceof library.OurVidzError);
  for (const field of ['code', 'status', 'message', 'retryable', 'suggestedAction', 'details'])
    assert.deepEqual(here[field], there[field], field);
  assert.equal(here.requestId, undefined);
  assert.ok(there.requestId);

  const poor = await user.request('POST', '/functions/v1/queue-job', { body: ORDER });
  assert.equal(poor.status, 200);
  const { price } = await client.estimate(ORDER);
  const rules = await client.rules();
  assert.equal(price, rules.price(ORDER.jobType, 3));
});

test('a wrong token is said to be that, after asking for another one', async () => {
  const hints = [];
  const client = library.createClient({
    baseUrl: proxy.url,
    token: ({ refused }) => {
      hints.push(refused);
      return 'nonsense';
    },
  });
  await assert.rejects(client.me(), { code: 'unauthorized', status: 401 });
  assert.deepEqual(hints, [undefined, 'nonsense']);
});

test('the rest of what a page does', async () => {
  const { user, client } = await newClient();
  assert.equal((await client.me()).user_id, user.id);
  assert.equal((await client.queueStatus()).queues.length, 2);
  assert.equal((await client.config()).publicBaseUrl, BASE);
  assert.equal((await client.tokens()).promptTokens('a red fox in snow').count, 5);

  const project = await client.projects.create({ title: 'Winter', original_prompt: 'a red fox' });
  await client.projects.update(project.id, { title: 'Deep winter' });
  assert.deepEqual(
    (await all(client.projects.list())).map(({ title }) => title),
    ['Deep winter'],
  );

  const { secret } = await client.webhooks.secret();
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': `${Math.floor(Date.now() / 1000)}` };
  const tag = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
    .update(`msg_1.${headers['webhook-timestamp']}.{"type":"job.completed"}`)
    .digest('base64');
  const message = await library.verifyWebhook({
    secret,
    headers: { ...headers, 'webhook-signature': `v1,${tag}` },
    body: '{"type":"job.completed"}',
  });
  assert.equal(message.type, 'job.completed');
  assert.notEqual((await client.webhooks.replaceSecret()).secret, secret);
  assert.deepEqual(await all(client.webhooks.deliveries({ status: 'failed' })), []);
  await assert.rejects(client.webhooks.redeliver(crypto.randomUUID()), { code: 'not_found' });

  const reference = await client.references.upload(new Uint8Array(DOT), { type: 'style' });
  const order = {
    jobType: 'sdxl_image_fast',
    metadata: { prompt: 'a red fox', references: [{ ...reference, strength: 0.7 }] },
  };
  const { job } = await client.createJob(order);
  assert.ok(['canceled', 'processing'].includes((await client.cancel(job.id)).status));

  let read = '';
  const better = await client.enhance(
    { prompt: 'a red fox', jobType: 'sdxl_image_high' },
    { onToken: (text) => (read += text) },
  );
  assert.match(better.enhancedPrompt, /fox/);
  assert.equal(typeof read, 'string');
});
