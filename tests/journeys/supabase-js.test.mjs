// The clients that people already have: supabase-js, unmodified, against one address, and the frontend of
// docs/SUPABASE.md in Chromium, as it stands there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createClient } from '@supabase/supabase-js';
import { build } from 'esbuild';
import { launch } from './browser.mjs';
import { BASE, until } from './client.mjs';
import { fencedBlocks } from './documents.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const { SUPABASE_URL: URL_OF_ALL, SUPABASE_ANON_KEY: ANON_KEY } = process.env;
const PICTURES = { jobType: 'sdxl_image_fast', metadata: { prompt: 'a red fox in snow', num_images: 3 } };
const PICTURE = { jobType: 'image_fast', metadata: { prompt: 'a red fox in snow' } };
const run = promisify(execFile);

const clients = [];
let ada;
let bob;
let job;
before(async () => {
  ada = await signedIn();
  bob = await signedIn();
});
after(() => {
  for (const { realtime } of clients) void realtime.disconnect();
});

function client(options = {}) {
  const made = createClient(URL_OF_ALL, ANON_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    ...options,
  });
  clients.push(made);
  return made;
}

async function signedIn(options) {
  const made = client(options);
  const { data, error } = await made.auth.signInWithPassword({ email: `${randomUUID()}@example.com`, password: 'any' });
  assert.equal(error, null);
  return Object.assign(made, { userId: data.user.id });
}

/** Listens to updates of images; resolves to what is told when the channel is joined. */
async function updates(listener) {
  const heard = [];
  await new Promise((resolve, reject) => {
    listener
      .channel('workspace')
      .on('postgres_changes', { event: 'UPDATE', schema: 'public', table: 'images' }, ({ new: row }) => heard.push(row))
      .subscribe((state, error) => (state === 'SUBSCRIBED' ? resolve() : reject(error ?? state)));
  });
  return heard;
}

const ended = (who, id) =>
  until(`job ${id} to end`, async () => {
    const { data, error } = await who.from('jobs').select('*, images(*)').eq('id', id).single();
    assert.equal(error, null);
    return data.status === 'completed' && data;
  });

test('an order, its updates, its rows: each user has their own', async () => {
  const [hers, his] = [await updates(ada), await updates(bob)];
  const { data, error } = await ada.functions.invoke('queue-job', { body: PICTURES });
  assert.equal(error, null);
  job = await ended(ada, data.job.id);
  assert.deepEqual(job.images.map(({ image_index: index }) => index).sort(), [0, 1, 2]);
  await until('three updates', () => hers.length >= 3);
  assert.deepEqual(hers.map(({ id }) => id).sort(), job.images.map(({ id }) => id).sort());
  // What was told is what is read, byte for byte.
  for (const row of hers)
    assert.deepEqual(
      row,
      job.images.find(({ id }) => id === row.id),
    );

  const { data: own } = await bob.functions.invoke('queue-job', { body: PICTURE });
  await ended(bob, own.job.id);
  await until('his update', () => his.length > 0);
  assert.ok(his.every(({ user_id: user }) => user === bob.userId));
  assert.equal(hers.length, 3);
  for (const table of ['jobs', 'images']) {
    const { data: rows } = await bob.from(table).select('user_id');
    assert.ok(rows.length > 0 && rows.every(({ user_id: user }) => user === bob.userId), table);
  }
  const { data: none } = await client().from('jobs').select('id');
  assert.equal(none, null);
});

test('nobody writes rows past the edge', async () => {
  for (const write of [
    ada.from('images').update({ status: 'queued' }).eq('job_id', job.id),
    ada.from('jobs').delete().eq('id', job.id),
    ada.from('jobs').insert({ id: randomUUID(), user_id: ada.userId, job_type: 'image_fast' }),
  ])
    assert.equal((await write).error.code, '42501');
});

test('a refused order says what is wrong', async () => {
  const { error } = await ada.functions.invoke('queue-job', { body: { ...PICTURE, metadata: { prompt: ' ' } } });
  assert.equal(error.name, 'FunctionsHttpError');
  assert.match((await error.context.json()).error, /metadata\.prompt/);
  const { error: unknown } = await client().functions.invoke('queue-job', { body: PICTURE });
  assert.equal(unknown.context.status, 401);
});

test('a signed URL leads to an own object, and only an owner is given one', async () => {
  // Rows come in no order; the names below are made from the first one's.
  const { image_url: key, thumbnail_url: thumbnail } = job.images.find(({ image_index: index }) => index === 0);
  const bucket = job.job_type;
  for (const path of [key, thumbnail]) {
    const { data, error } = await ada.storage.from(bucket).createSignedUrl(path, 60);
    assert.equal(error, null);
    const answer = await fetch(data.signedUrl);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^image\/(png|jpeg)$/);
    assert.ok((await answer.arrayBuffer()).byteLength > 500);
  }
  for (const [who, from, path] of [
    [bob, bucket, key],
    [client(), bucket, key],
    [ada, 'video_fast', key],
    [ada, bucket, key.replace('_0.png', '_9.png')],
    [ada, 'no_such_bucket', key],
  ]) {
    const { data, error } = await who.storage.from(from).createSignedUrl(path, 60);
    assert.equal(data, null, path);
    assert.equal(error.message, 'Object not found');
  }
  const { data: some } = await bob.storage.from(bucket).createSignedUrls([key, thumbnail], 60);
  assert.deepEqual(
    some.map(({ signedUrl, error }) => [signedUrl, typeof error]),
    [
      [null, 'string'],
      [null, 'string'],
    ],
  );
});

test('a link is good for its object and its time, and is no token', async () => {
  const [first, second] = job.images.map(({ image_url: key }) => key);
  const bucket = ada.storage.from(job.job_type);
  const { data } = await bucket.createSignedUrl(first, 5, { download: 'a fox.png' });
  const answer = await fetch(data.signedUrl, { headers: { range: 'bytes=0-7' } });
  assert.equal(answer.status, 206);
  assert.equal(answer.headers.get('content-disposition'), "attachment; filename*=UTF-8''a%20fox.png");
  assert.deepEqual(
    Buffer.from(await answer.arrayBuffer())
      .subarray(1, 4)
      .toString(),
    'PNG',
  );
  const link = new URL(data.signedUrl);
  const token = link.searchParams.get('token');
  const { data: session } = await ada.auth.getSession();
  for (const wrong of [
    data.signedUrl.replace(first.split('/')[1], second.split('/')[1]),
    data.signedUrl.replace(token, `${token.slice(0, -2)}xx`),
    data.signedUrl.replace(token, session.session.access_token),
    `${link.origin}${link.pathname}`,
  ])
    assert.equal((await fetch(wrong)).status, 400, wrong);
  const asToken = { apikey: ANON_KEY, authorization: `Bearer ${token}` };
  assert.equal((await fetch(`${URL_OF_ALL}/rest/v1/jobs`, { headers: asToken })).status, 401);
  await until('the link to be over', async () => (await fetch(data.signedUrl)).status === 400);
  const { error } = await bucket.createSignedUrl(first, 0);
  assert.match(error.message, /expiresIn/);
});

test('functions at another address than the rest, as in production', async () => {
  const [[, option]] = fencedBlocks('docs/SUPABASE.md')
    .map(({ text }) => text)
    .filter((text) => text.startsWith('createClient'))
    .map((text) => /fetch: ([\s\S]*?),\n {2}\}/.exec(text));
  const asked = [];
  const make = new Function('SUPABASE_URL', 'PUBLIC_BASE_URL', 'fetch', `return ${option}`);
  const toTheEdge = make(URL_OF_ALL, BASE, (url, init) => {
    asked.push(url);
    return fetch(url, init);
  });
  const who = await signedIn({ global: { fetch: toTheEdge } });
  const { data, error } = await who.functions.invoke('queue-job', { body: PICTURE });
  assert.equal(error, null);
  assert.ok(asked.includes(`${BASE}/functions/v1/queue-job`));
  const { data: rows } = await who.from('jobs').select('id');
  assert.deepEqual(rows, [{ id: data.job.id }]);
});

test('without a WebSocket, as in Node 20, the client says so, and takes the one of ws', async () => {
  const program = (options) => `
    import { createClient } from '@supabase/supabase-js';
    import { WebSocket as transport } from 'ws';
    const client = createClient(${JSON.stringify(URL_OF_ALL)}, ${JSON.stringify(ANON_KEY)}, ${options});
    await client.auth.signInWithPassword({ email: '${randomUUID()}@example.com', password: 'any' });
    client.channel('a').on('postgres_changes', { event: '*', schema: 'public', table: 'jobs' }, () => {})
      .subscribe((state) => { console.log(state); process.exit(); });`;
  const outcome = (options) =>
    run(process.execPath, ['--no-experimental-websocket', '--input-type=module', '-e', program(options)], {
      cwd: ROOT,
    }).catch((error) => error);
  assert.match((await outcome('{}')).stderr, /native WebSocket not found|without native WebSocket/);
  assert.equal((await outcome('{ realtime: { transport } }')).stdout, 'SUBSCRIBED\n');
});

/** The files of docs/SUPABASE.md: each block below its name. */
function writeFiles(folder) {
  const text = fs.readFileSync(path.join(ROOT, 'docs', 'SUPABASE.md'), 'utf8');
  const files = [...text.matchAll(/^\*\*(\w+\.js)[^\n]*\n\n```js\n([\s\S]*?)^```$/gm)];
  for (const [, name, code] of files) fs.writeFileSync(path.join(folder, name), code);
  return files.map(([, name]) => name);
}

const APP = `
  import { StrictMode, useEffect, useState } from 'react';
  import { createRoot } from 'react-dom/client';
  import { GenerationService } from './GenerationService.js';
  import { supabase } from './supabase.js';
  import { useRealtimeWorkspace } from './useRealtimeWorkspace.js';

  function Picture({ asset }) {
    const [url, setUrl] = useState();
    useEffect(() => { GenerationService.url(asset).then(setUrl); }, [asset]);
    return url ? <img src={url} alt={asset.title} /> : null;
  }
  function Workspace() {
    const { assets, refresh } = useRealtimeWorkspace();
    const order = () => GenerationService
      .queueGeneration({ jobType: 'sdxl_image_fast', prompt: 'a red fox in snow', numImages: 3 }).then(refresh);
    return <><button onClick={order}>Order</button><output>{assets.length}</output>
      {assets.filter(({ status }) => status === 'completed').map((asset) => <Picture key={asset.id} asset={asset} />)}</>;
  }
  const email = new URL(location).searchParams.get('email');
  const { data } = await supabase.auth.getSession();
  if (!data.session) {
    await supabase.auth.signInWithPassword({ email, password: 'any' });
    location.reload();
  } else createRoot(document.getElementById('root')).render(<StrictMode><Workspace /></StrictMode>);`;

test('the frontend of docs/SUPABASE.md orders and shows what is finished, without asking again', async (context) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-supabase-'));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  assert.deepEqual(writeFiles(folder), ['supabase.js', 'GenerationService.js', 'useRealtimeWorkspace.js']);
  fs.writeFileSync(path.join(folder, 'app.jsx'), APP);
  const { outputFiles } = await build({
    entryPoints: [path.join(folder, 'app.jsx')],
    nodePaths: [path.join(ROOT, 'node_modules')],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    define: {
      'process.env.NODE_ENV': '"development"',
      'import.meta.env.VITE_SUPABASE_URL': JSON.stringify(URL_OF_ALL),
      'import.meta.env.VITE_SUPABASE_ANON_KEY': JSON.stringify(ANON_KEY),
    },
    logLevel: 'error',
  });
  const server = http.createServer(({ url }, response) => {
    const isScript = url === '/app.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? outputFiles[0].text : '<div id="root"></div><script type="module" src="/app.js"></script>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const browser = await launch();
  context.after(() => browser.close());
  const windows = [];
  for (const _ of ['one', 'another']) {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(60_000);
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`http://127.0.0.1:${server.address().port}/?email=${randomUUID()}@example.com`);
    await page.getByRole('button', { name: 'Order' }).waitFor();
    windows.push({ page, complaints });
  }
  const [hers, his] = windows;
  // Whoever asked for rows while the job runs would not need to be told.
  const reads = [];
  hers.page.on('request', (request) => request.url().includes('/rest/v1/') && reads.push(request.url()));
  await hers.page.getByRole('button', { name: 'Order' }).click();
  await hers.page.waitForFunction(() => {
    const pictures = [...document.querySelectorAll('img')];
    return pictures.length === 3 && pictures.every(({ complete, naturalWidth }) => complete && naturalWidth === 1024);
  });
  assert.ok(reads.length <= 2, reads.join('\n'));
  assert.equal(await his.page.locator('output').textContent(), '0');
  assert.deepEqual([...hers.complaints, ...his.complaints], []);
});
