// OpenAI's own client in a page of another origin: what it sends beside the request has to be allowed first.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import OpenAI from 'openai';
import { launch } from './browser.mjs';
import { BASE, signIn } from './client.mjs';

const PICTURE = { model: 'sdxl_image_fast', prompt: 'a red fox in snow', response_format: 'b64_json' };

let browser;
let apiKey;
before(async () => {
  browser = await launch();
  const body = { name: 'page', scopes: ['orders'] };
  apiKey = (await (await signIn()).request('POST', '/api/keys', { body })).body.key;
});
after(() => browser?.close());

/** A page on a port of its own that has the client. */
async function pageWithClient(context) {
  const { outputFiles } = await build({
    stdin: { contents: "import OpenAI from 'openai'; window.OpenAI = OpenAI;", resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    logLevel: 'error',
  });
  const server = http.createServer((request, response) => {
    const isScript = request.url === '/client.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? outputFiles[0].text : '<!doctype html><script src="/client.js"></script>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const page = await (await browser.newContext()).newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  return page;
}

test('a page orders pictures, at once and as events', async (context) => {
  const page = await pageWithClient(context);
  const seen = await page.evaluate(
    async ({ picture, ...options }) => {
      const client = new window.OpenAI({ ...options, dangerouslyAllowBrowser: true, maxRetries: 0 });
      const { data } = await client.images.generate(picture);
      const events = [];
      for await (const { type } of await client.images.generate({ ...picture, stream: true })) events.push(type);
      return { pictures: data.length, events };
    },
    { picture: PICTURE, apiKey, baseURL: `${BASE}/v1` },
  );
  assert.deepEqual(seen, { pictures: 1, events: ['image_generation.completed'] });
});

// Which of them a browser lets a page set differs, so all of them are asked for.
test('every header that the client sets may be sent', async () => {
  const names = new Set();
  const fetch = async (_, { headers }) => {
    for (const [name] of new Headers(headers)) names.add(name);
    return Response.json({ data: [] });
  };
  const client = new OpenAI({ apiKey, baseURL: `${BASE}/v1`, dangerouslyAllowBrowser: true, fetch });
  await client.images.generate(PICTURE, { timeout: 1000, headers: { 'idempotency-key': 'one' } });
  await client.models.list();
  assert.ok(names.has('x-stainless-lang') && names.has('x-stainless-timeout'), [...names].join());
  const answer = await globalThis.fetch(`${BASE}/v1/images/generations`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://tool.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': [...names].sort().join(),
    },
  });
  const allowed = answer.headers.get('access-control-allow-headers').split(', ');
  // These need no leave.
  const rest = [...names].filter((name) => !allowed.includes(name) && name !== 'accept');
  assert.deepEqual(rest, []);
});
