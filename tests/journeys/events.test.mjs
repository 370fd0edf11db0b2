// GET /api/jobs/{id}/events: what happens, as it happens, with nothing left out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefused, BASE, call, signIn } from './client.mjs';

/** Reads a stream to its end, or until `enough` says so. */
async function read(user, path, { headers = {}, enough = () => false } = {}) {
  const abort = new AbortController();
  const answer = await fetch(BASE + path, {
    headers: { authorization: `Bearer ${user.token}`, ...headers },
    signal: abort.signal,
  });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^text\/event-stream/);
  const events = [];
  let rest = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + chunk).split('\n\n');
    rest = frames.pop();
    for (const frame of frames) {
      const fields = Object.fromEntries(frame.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2)));
      if (fields.event) events.push({ id: fields.id, kind: fields.event, data: JSON.parse(fields.data) });
    }
    if (enough(events)) {
      abort.abort();
      break;
    }
  }
  return events;
}

test('a job is told from queued to completed, and the stream ends by itself', async () => {
  const user = await signIn();
  const { body } = await user.submit('sdxl_image_fast', { num_images: 3 });
  const path = `/api/jobs/${body.job.id}/events`;
  const events = await read(user, path);
  const kinds = events.map((event) => event.kind);
  assert.equal(kinds[0], 'queued');
  assert.equal(kinds.at(-1), 'completed');
  assert.equal(kinds.filter((kind) => kind === 'asset').length, 3);
  assert.ok(kinds.includes('processing'));
  assert.deepEqual(
    events.map((event) => event.data.seq),
    events.map((_, index) => index + 1),
  );

  // Resuming anywhere gives the rest, no more and no less.
  for (const place of [0, 2, events.length - 2]) {
    const rest = await read(user, path, { headers: { 'last-event-id': events[place].id } });
    assert.deepEqual(rest, events.slice(place + 1));
  }
});

/** Width and height, as a JPEG's frame header says them. */
function sizeOf(jpeg) {
  const header = jpeg.indexOf(Buffer.from('ffc0', 'hex'));
  return [jpeg.readUInt16BE(header + 7), jpeg.readUInt16BE(header + 5)];
}

test('a stream that asks for it sees the picture come out of the noise', async () => {
  const user = await signIn();
  const { body } = await user.submit('image_high');
  const path = `/api/jobs/${body.job.id}/events`;
  const [all, plain] = await Promise.all([read(user, `${path}?previews=1`), read(user, path)]);
  const isLook = ({ kind }) => kind === 'step_preview';
  const looks = all.filter(isLook);
  assert.ok(looks.length > 0, 'the worker shows what it makes');
  for (const { id, data } of looks) {
    assert.deepEqual([id, data.job_id, data.index], [undefined, body.job.id, 0]);
    const [, image] = /^data:image\/jpeg;base64,(.+)$/.exec(data.image);
    assert.deepEqual(sizeOf(Buffer.from(image, 'base64')), [60, 104], 'one pixel for eight along each side');
  }
  assert.deepEqual(
    all.filter((event) => !isLook(event)),
    plain,
    'and nothing else is different',
  );
});

test('the stream of a user tells of all jobs', async () => {
  const user = await signIn();
  const ids = [];
  for (let n = 0; n < 2; n += 1) ids.push((await user.submit('sdxl_image_fast', { num_images: 1 })).body.job.id);
  const ended = (events) =>
    new Set(events.filter((event) => event.kind === 'completed').map((event) => event.data.job_id));
  const events = await read(user, '/api/events', { enough: (events) => ended(events).size === 2 });
  assert.deepEqual([...ended(events)].sort(), ids.sort());
});

test('a stream is its owner’s alone', async () => {
  const [ada, bob] = [await signIn(), await signIn()];
  const { body } = await ada.submit('sdxl_image_fast', { num_images: 1 });
  const path = `/api/jobs/${body.job.id}/events`;
  assertRefused(await bob.request('GET', path), 404, 'not_found');
  assertRefused(await call('GET', path), 401, 'unauthorized');
  assertRefused(await ada.request('GET', path, { headers: { 'last-event-id': 'x' } }), 400, 'invalid_request');
  assertRefused(await ada.request('POST', path, { body: {} }), 405, 'method_not_allowed');
});
