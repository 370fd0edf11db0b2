// The package where it runs: tabs of a real browser, a Worker, and the TypeScript compiler of whoever uses it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { launch } from './browser.mjs';
import { BASE, signIn, until } from './client.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const CLIENT = path.join(ROOT, 'build', 'client');

let folder;
let browser;
before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-runtimes-'));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A tab on the service's own page, under its own security policy, that watches all jobs. */
async function openTab(context, token) {
  const page = await context.newPage();
  const streams = [];
  page.on('request', (request) => /\/api\/events/.test(request.url()) && streams.push(request.url()));
  await page.goto('/');
  await page.evaluate(async (token) => {
    const { createClient } = await import('/client/index.js');
    window.client = createClient({ token: () => token });
    window.heard = [];
    window.client
      .watchAll({
        onUpdate: (update) =>
          window.heard.push(update.kind === 'ready' ? 'ready' : `${update.job.id} ${update.job.status}`),
      })
      .run();
  }, token);
  const heard = () => page.evaluate(() => window.heard);
  await until('a tab to be ready', async () => (await heard()).includes('ready'));
  return { page, streams, heard };
}

const hearsTheEnd = (tab, id) =>
  until('a tab to hear the end', async () => (await tab.heard()).includes(`${id} completed`));

test('tabs of a browser share one stream; when its tab closes, another goes on', async () => {
  const user = await signIn();
  const context = await browser.newContext({ baseURL: BASE });
  const tabs = [];
  for (let n = 0; n < 3; n += 1) tabs.push(await openTab(context, user.token));
  assert.deepEqual(
    tabs.map(({ streams }) => streams.length),
    [1, 0, 0],
  );

  const order = () =>
    tabs[1].page.evaluate(
      async () =>
        (await window.client.createJob({ jobType: 'sdxl_image_fast', metadata: { prompt: 'a red fox' } })).job.id,
    );
  const first = await order();
  await Promise.all(tabs.map((tab) => hearsTheEnd(tab, first)));
  assert.deepEqual(
    tabs.map(({ streams }) => streams.length),
    [1, 0, 0],
  );

  await tabs[0].page.close();
  const second = await order();
  await Promise.all(tabs.slice(1).map((tab) => hearsTheEnd(tab, second)));
  assert.equal(tabs[1].streams.length + tabs[2].streams.length, 1);
  assert.ok(!(tabs[1].streams[0] ?? tabs[2].streams[0]).includes('latest'), 'it goes on, and does not begin anew');
  await context.close();
});

test('a page that loses its network for a while hears of everything', async () => {
  const user = await signIn();
  const context = await browser.newContext({ baseURL: BASE });
  const tab = await openTab(context, user.token);
  await context.setOffline(true);
  const { body } = await user.submit('sdxl_image_fast');
  await user.ended(body.job.id);
  await context.setOffline(false);
  await hearsTheEnd(tab, body.job.id);
  await context.close();
});

test('a Worker orders and watches, with the rules inside', async () => {
  const { token } = await signIn();
  const worker = path.join(folder, 'worker.mjs');
  await build({
    stdin: {
      contents: `
        import { createClient } from 'ourvidz-client';
        export default {
          async fetch(request, { BASE, TOKEN }) {
            const client = createClient({ baseUrl: BASE, token: () => TOKEN });
            const refused = await client.createJob({ jobType: 'sdxl_image_fast', metadata: { prompt: 'a fox', num_images: 2 } }).catch((error) => error);
            const job = await client.run({ jobType: 'sdxl_image_fast', metadata: { prompt: 'a red fox' } });
            const { count } = (await client.tokens()).promptTokens('a red fox in snow');
            return Response.json({ refused: refused.details.field, status: job.status, count });
          },
        };`,
      resolveDir: folder,
    },
    // As a bundler finds it in node_modules.
    plugins: [
      {
        name: 'package',
        setup: ({ onResolve, resolve }) =>
          onResolve({ filter: /^ourvidz-client$/ }, () =>
            resolve('./workerd.js', { resolveDir: CLIENT, kind: 'import-statement' }),
          ),
      },
    ],
    bundle: true,
    format: 'esm',
    conditions: ['workerd'],
    loader: { '.wasm': 'copy' },
    outfile: worker,
    logLevel: 'error',
  });
  const modules = fs
    .readdirSync(folder)
    .filter((file) => file.endsWith('.wasm'))
    .map((file) => ({ type: 'CompiledWasm', path: path.join(folder, file) }));
  assert.equal(modules.length, 2);
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      compatibilityDate: '2025-01-01',
      modulesRoot: folder,
      modules: [{ type: 'ESModule', path: worker }, ...modules],
      bindings: { BASE, TOKEN: token },
    }),
  );
  try {
    const answer = await runtime.dispatchFetch('http://worker.example');
    assert.deepEqual(await answer.json(), { refused: 'metadata.num_images', status: 'completed', count: 5 });
  } finally {
    await runtime.dispose();
  }
});

const USAGE = `
import { createClient, OurVidzError, type JobReply, type Order } from 'ourvidz-client';
import { verifyWebhook } from 'ourvidz-client/webhooks';

const client = createClient({ baseUrl: 'https://api.example.com', token: async () => 'token', keyStore: sessionStorage });
const order: Order = { jobType: 'video_fast', metadata: { prompt: 'waves' } };
// @ts-expect-error there is no such job type
client.createJob({ jobType: 'video' });
// @ts-expect-error a price is asked for with estimate
client.createJob({ ...order, dryRun: true });
// @ts-expect-error assets have two kinds
client.assets({ kind: 'sound' });
// @ts-expect-error what happens to a character has to be agreed to by name
client.references.upload(new Blob(), { consent: true });

export async function use(signal: AbortSignal): Promise<string[]> {
  const { job, idempotencyKey, replayed } = await client.createJob(order, { signal });
  let last: JobReply | undefined;
  for await (const update of client.watchJob(job.id, { signal })) last = update.job;
  for await (const update of client.watchAll({ signal })) if (update.kind === 'job') last = update.job;
  const urls: string[] = [];
  for await (const { url } of client.assets({ saved: true })) if (url) urls.push(url);
  const rules = await client.rules();
  const credits: number = rules.price('image_fast', 1);
  const seconds: number | undefined = rules.jobTypes()[0]?.batches[0]?.expectedSeconds;
  const { data: ended } = await verifyWebhook({ secret: 'whsec_', headers: new Headers(), body: '{}' });
  console.log(idempotencyKey.length, replayed, last?.progress, credits, seconds, ended.id);
  return urls;
}

export function explain(error: unknown): string {
  if (!(error instanceof OurVidzError)) throw error;
  // @ts-expect-error the codes are a closed list
  if (error.code === 'oops') return '';
  return error.code === 'network' ? 'offline' : error.suggestedAction ?? error.message;
}
`;

test('the types are exact, for bundlers and for Node', () => {
  const place = path.join(folder, 'node_modules', 'ourvidz-client');
  fs.mkdirSync(path.dirname(place), { recursive: true });
  fs.symlinkSync(CLIENT, place);
  fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  fs.writeFileSync(path.join(folder, 'usage.ts'), USAGE);
  for (const [module, resolution] of [
    ['esnext', 'bundler'],
    ['nodenext', 'nodenext'],
  ]) {
    const flags = [
      '--noEmit',
      '--strict',
      '--types',
      '',
      '--target',
      'es2022',
      '--lib',
      'es2022,dom,dom.iterable',
      '--module',
      module,
      '--moduleResolution',
      resolution,
    ];
    const { status, stdout } = spawnSync(path.join(ROOT, 'node_modules', '.bin', 'tsc'), [...flags, 'usage.ts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.equal(status, 0, `${resolution}: ${stdout}`);
  }
});

test('a bundler takes only what is used', async () => {
  const sizeOf = async (contents) => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: CLIENT },
      bundle: true,
      format: 'esm',
      minify: true,
      write: false,
      logLevel: 'error',
    });
    return outputFiles[0].text.length;
  };
  const all = await sizeOf("export * from './index.js';");
  assert.ok((await sizeOf("export { OurVidzError } from './index.js';")) < all / 10);
  assert.ok((await sizeOf("export { verifyWebhook } from './webhooks.js';")) < all / 10);
});
