// Event streams, wherever the network cuts them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFrame, readFrames } from '../../shared/client/modules/sse.js';

const TEXT =
  'retry: 500\n\n: still here\n\nid: 7\nevent: progress\ndata: {"why":"Übung 🦊"}\n\nid: 8\r\nevent: completed\r\ndata: {}\r\n\r\n';
const FRAMES = [
  { event: 'message', retry: 500 },
  { event: 'message' },
  { event: 'progress', id: '7', data: '{"why":"Übung 🦊"}' },
  { event: 'completed', id: '8', data: '{}' },
];

function cut(bytes, sizes) {
  return new ReadableStream({
    start(controller) {
      for (let at = 0, nth = 0; at < bytes.length; nth += 1) {
        const size = sizes[nth % sizes.length];
        controller.enqueue(bytes.slice(at, at + size));
        at += size;
      }
      controller.close();
    },
  });
}

async function frames(body) {
  const all = [];
  for await (const some of readFrames(body)) all.push(...some);
  return all;
}

test('a stream is read whole, in pieces of any size', async () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (let size = 1; size <= bytes.length; size += 1)
    assert.deepEqual(await frames(cut(bytes, [size])), FRAMES, `in pieces of ${size}`);
  assert.deepEqual(await frames(cut(bytes, [1, 9, 2, 30])), FRAMES);
});

test('each piece gives what it completes, and a piece that completes nothing is a sign of life', async () => {
  const bytes = new TextEncoder().encode('id: 1\ndata: x\n\nid: 2');
  const counts = [];
  for await (const some of readFrames(cut(bytes, [4]))) counts.push(some.length);
  assert.deepEqual(counts, [0, 0, 0, 1, 0]);
});

test('what is cut off for good is no event', async () => {
  assert.deepEqual(await frames(cut(new TextEncoder().encode('id: 1\ndata: half'), [4])), []);
});

test('fields are read as the standard says', () => {
  assert.equal(parseFrame('data: one\ndata: two').data, 'one\ntwo');
  assert.equal(parseFrame('data').data, '');
  assert.equal(parseFrame('data:no space').data, 'no space');
  assert.equal(parseFrame('data:  two spaces').data, ' two spaces');
  assert.equal(parseFrame('retry: soon').retry, undefined);
  assert.deepEqual(parseFrame(': a comment: with a colon'), { event: 'message' });
});

test('an event without end does not fill the memory', async () => {
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(100_000).fill(120)) });
  await assert.rejects(frames(endless), { code: 'network' });
});

test('whoever stops reading closes the connection', async () => {
  let closed = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('data: x\n\n')),
    cancel: () => {
      closed = true;
    },
  });
  for await (const _ of readFrames(body)) break;
  assert.equal(closed, true);
});
