// The example clients of docs/examples, each against the running service: curl and Python over a network that loses
// answers, the page and the React component in Chromium.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { launch } from './browser.mjs';
import { BASE, signIn } from './client.mjs';
import { FlakyProxy } from './flaky-proxy.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const EXAMPLES = path.join(ROOT, 'docs', 'examples');
const CLIENT = path.join(ROOT, 'build', 'client');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const run = promisify(execFile);

let folder;
let proxy;
let browser;
let server;
before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-examples-'));
  proxy = await new FlakyProxy(BASE).start();
  browser = await launch();
  server = http.createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(async () => {
  await browser?.close();
  server?.close();
  proxy?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A host of one's own: another origin than the service's, with the package at client/. */
function serve({ url }, response) {
  const { pathname } = new URL(url, 'http://host');
  const file = [
    path.join(folder, pathname),
    path.join(EXAMPLES, pathname),
    path.join(CLIENT, path.basename(pathname)),
  ].find((each) => fs.statSync(each, { throwIfNoEntry: false })?.isFile());
  response.writeHead(file ? 200 : 404, { 'content-type': TYPES[path.extname(pathname)] ?? 'text/plain' });
  response.end(file && fs.readFileSync(file));
}

for (const [name, program] of [
  ['order.sh', 'sh'],
  ['order.py', 'python3'],
]) {
  test(`${name} orders once, although answers get lost, and saves three pictures`, async () => {
    const user = await signIn();
    const cwd = fs.mkdtempSync(path.join(folder, 'run-'));
    const env = { ...process.env, OURVIDZ_URL: proxy.url, OURVIDZ_TOKEN: user.token };
    proxy.loseAnswers(/POST .*queue-job/, 1);
    const { stdout } = await run(program, [path.join(EXAMPLES, name), 'a "red" fox in snow'], { cwd, env });
    assert.match(stdout, /^job [0-9a-f-]{36}\n/);
    for (const kind of ['queued', 'processing', 'asset', 'completed'])
      assert.match(stdout, new RegExp(`^${kind}\\b`, 'm'));
    for (const index of [0, 1, 2])
      assert.deepEqual(
        fs
          .readFileSync(path.join(cwd, `picture-${index}.png`))
          .subarray(1, 4)
          .toString(),
        'PNG',
      );
    const { body } = await user.request('GET', '/api/jobs');
    assert.equal(body.items.length, 1);
    assert.equal(body.items[0].prompt, 'a "red" fox in snow');
  });

  test(`${name} says why it was refused`, async () => {
    const user = await signIn();
    const env = { ...process.env, OURVIDZ_URL: BASE, OURVIDZ_TOKEN: user.token };
    const failure = await run(program, [path.join(EXAMPLES, name), 'x'.repeat(2001)], { cwd: folder, env }).catch(
      (error) => error,
    );
    assert.notEqual(failure.code, 0);
    assert.match(failure.stderr, /metadata\.prompt/);
  });
}

/** Three pictures in a page, each loaded. */
async function untilThreePictures(page) {
  await page.waitForFunction(() => {
    const pictures = [...document.querySelectorAll('img')];
    return pictures.length === 3 && pictures.every(({ complete, naturalWidth }) => complete && naturalWidth === 1024);
  });
}

async function openPage(url) {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

test('page.html signs in, orders and shows the pictures, on a host of its own', async () => {
  const { email } = await signIn();
  const { page, complaints } = await openPage(
    `http://127.0.0.1:${server.address().port}/page.html?service=${encodeURIComponent(BASE)}`,
  );
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill('a password');
  await page.getByRole('button', { name: 'Order three' }).click();
  await untilThreePictures(page);
  await page.getByText('completed').waitFor();
  await page.getByLabel('Prompt').fill(' ');
  await page.getByRole('button', { name: 'Order three' }).click();
  await page.getByText(/metadata\.prompt/).waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
});

test('the React component orders, shows the pictures, and cancels', async () => {
  const { token } = await signIn();
  await build({
    stdin: {
      contents: `
        import { createRoot } from 'react-dom/client';
        import { createClient } from 'ourvidz-client';
        import { App } from './app.jsx';
        const client = createClient({ baseUrl: ${JSON.stringify(BASE)}, token: () => ${JSON.stringify(token)} });
        createRoot(document.getElementById('root')).render(<App client={client} />);`,
      loader: 'jsx',
      resolveDir: path.join(EXAMPLES, 'react'),
    },
    alias: { 'ourvidz-client': path.join(CLIENT, 'index.js') },
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    outfile: path.join(folder, 'react.js'),
    logLevel: 'error',
  });
  fs.writeFileSync(
    path.join(folder, 'react.html'),
    '<!doctype html><div id="root"></div><script type="module" src="react.js"></script>',
  );
  const { page, complaints } = await openPage(`http://127.0.0.1:${server.address().port}/react.html`);
  const order = page.getByRole('button', { name: 'Order three' });
  await order.click();
  await untilThreePictures(page);
  await page.getByText('completed').waitFor();

  await order.click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page
    .getByRole('status')
    .getByText(/canceled|completed/)
    .waitFor();
  await page.getByLabel('Prompt').fill(' ');
  await order.click();
  await page
    .getByRole('alert')
    .getByText(/metadata\.prompt/)
    .waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
});
