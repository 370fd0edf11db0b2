// Content credentials as others read them: by the C2PA project's own reader, which shares no line with what signs.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { initSync, WasmReader } from '@contentauth/c2pa-wasm';
import ExifReader from 'exifreader';
import { WORKER_BINARY } from '../../tools/stack/serving/services.mjs';
import { signIn } from './client.mjs';

const SOURCES = path.resolve(import.meta.dirname, '..', '..', 'shared', 'gpu-worker', 'src', 'credentials');
// Drawn by the preview, so by an algorithm without training.
const ORIGIN = 'http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia';
const PROMPT = 'a red fox in snow';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-credentials-'));
before(() =>
  initSync({ module: fs.readFileSync(createRequire(import.meta.url).resolve('@contentauth/c2pa-wasm/c2pa.wasm')) }),
);
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** What the reader says: `{ manifest, state, failures }`. */
async function read(type, bytes) {
  const store = JSON.parse((await WasmReader.fromBytes(type, bytes)).json());
  return {
    manifest: store.manifests[store.active_manifest],
    state: store.validation_state,
    failures: store.validation_results.activeManifest.failure.map(({ code }) => code),
  };
}

/** The file is as it was signed, by somebody whom no reader trusts; a changed byte shows. */
async function assertSigned(type, bytes, model) {
  const { manifest, state, failures } = await read(type, bytes);
  assert.deepEqual([state, failures], ['Valid', ['signingCredential.untrusted']]);
  const { data } = manifest.assertions.find(({ label }) => label === 'c2pa.actions.v2');
  assert.deepEqual(data.actions, [
    { action: 'c2pa.created', softwareAgent: { name: model }, digitalSourceType: ORIGIN },
  ]);
  assert.equal(manifest.claim_generator_info[0].name, 'ourvidz-worker');
  assert.equal(manifest.signature_info.issuer, 'development, not trusted');
  assert.equal(JSON.stringify(manifest).includes(PROMPT), false);

  const changed = Buffer.from(bytes);
  changed[Math.floor(changed.length / 2)] ^= 1;
  const after = await read(type, changed);
  assert.equal(after.state, 'Invalid');
  assert.ok(
    after.failures.some((code) => /^assertion\.(data|bmff)Hash\.mismatch$/.test(code)),
    after.failures.join(),
  );
}

/** A file by `generate`. */
function generate(name, flags, settings = {}) {
  const out = path.join(folder, name);
  const made = spawnSync(WORKER_BINARY, ['generate', '--prompt', PROMPT, '--out', out, '--steps', '2', ...flags], {
    env: { PATH: process.env.PATH, ...settings },
    encoding: 'utf8',
  });
  assert.equal(made.status, 0, made.stderr);
  return fs.readFileSync(out);
}

test('what an order delivers is signed, the picture and its thumbnail', async () => {
  const user = await signIn();
  const { body } = await user.submit('sdxl_image_fast', { num_images: 1 });
  const job = await user.ended(body.job.id);
  assert.equal(job.status, 'completed', JSON.stringify(job));
  const [{ url, thumbnail_url: thumbnail }] = job.assets;
  for (const [type, address] of [
    ['image/png', url],
    ['image/jpeg', thumbnail],
  ]) {
    const bytes = Buffer.from(await (await fetch(address)).arrayBuffer());
    await assertSigned(type, bytes, 'preview (no model)');
    const { xmp } = ExifReader.load(bytes, { expanded: true });
    assert.equal(xmp.DigitalSourceType.value, ORIGIN);
  }
});

test('a picture that was ordered as JPEG is signed too', async () => {
  const user = await signIn();
  const { body } = await user.submit('sdxl_image_fast', { num_images: 1, output_format: 'jpeg' });
  const [{ url }] = (await user.ended(body.job.id)).assets;
  await assertSigned('image/jpeg', Buffer.from(await (await fetch(url)).arrayBuffer()), 'preview (no model)');
});

test('a clip is signed, and still says in its XMP that no camera took it', async () => {
  const clip = generate('fox.mp4', ['--type', 'video_fast', '--size', '160x96']);
  await assertSigned('video/mp4', clip, 'preview (no model)');
  assert.ok(clip.includes(`DigitalSourceType="${ORIGIN}"`));
});

test("an operator's own files sign, and only a written word leaves credentials out", async () => {
  const own = {
    WORKER_CREDENTIALS_KEY: path.join(SOURCES, 'development.key'),
    WORKER_CREDENTIALS_CHAIN: path.join(SOURCES, 'development.pem'),
  };
  const size = ['--size', '64x64'];
  await assertSigned('image/png', generate('own.png', size, own), 'preview (no model)');
  const plain = generate('none.png', size, { WORKER_CREDENTIALS: 'none' });
  await assert.rejects(read('image/png', plain), /JumbfNotFound/);
});
