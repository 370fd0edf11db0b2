// The page's modules that need no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFrame, readEvents } from '../../shared/studio/public/scripts/net/event-stream.js';
import { ago, credits, duration, ordinal, sentence } from '../../shared/studio/public/scripts/base/format.js';
import { isActive, jobBeingSent, jobFrom, orderOf, title } from '../../shared/studio/public/scripts/state/job.js';
import { explain, Problem } from '../../shared/studio/public/scripts/net/problem.js';

test('an event stream is read whole, wherever the network cuts it', async () => {
  const text = 'retry: 500\n\n: still here\n\nid: 7\nevent: progress\ndata: {"progress":40,"why":"Übung"}\n\nid: 8\r\nevent: completed\r\ndata: {}\r\n\r\n';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 7, 64, bytes.length]) {
    const seen = [];
    for await (const event of readEvents({ body: cut(bytes, size) })) seen.push(event);
    assert.deepEqual(seen, [
      { event: 'message', retry: 500 },
      { event: 'message' },
      { event: 'progress', id: '7', data: '{"progress":40,"why":"Übung"}' },
      { event: 'completed', id: '8', data: '{}' },
    ], `in pieces of ${size}`);
  }
});

test('a frame that was cut off for good is no event', async () => {
  const seen = [];
  for await (const event of readEvents({ body: cut(new TextEncoder().encode('id: 1\ndata: half'), 4) })) seen.push(event);
  assert.deepEqual(seen, []);
});

test('data of several lines is one text', () => {
  assert.equal(parseFrame('data: one\ndata: two').data, 'one\ntwo');
  assert.equal(parseFrame('data').data, '');
});

test('times and numbers read as people say them', () => {
  assert.deepEqual([0.2, 29.9, 59.4, 73, 90, 179, 251.5].map(duration), ['1 s', '30 s', '59 s', '1 min 10 s', '1 min 30 s', '3 min', '4 min']);
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 111, 112, 123].map(ordinal), ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '111th', '112th', '123rd']);
  assert.deepEqual([0, 1, 6].map(credits), ['0 credits', '1 credit', '6 credits']);
  const now = Date.parse('2026-01-02T12:00:00Z');
  assert.deepEqual(['2026-01-02T11:59:50Z', '2026-01-02T11:55:00Z', '2026-01-02T09:00:00Z', '2026-01-01T11:00:00Z'].map((then) => ago(new Date(then), now)),
    ['just now', '5 minutes ago', '3 hours ago', 'yesterday']);
});

test('a reason becomes a sentence', () => {
  assert.equal(sentence('no worker for sdxl_queue has been seen yet'), 'No worker for SDXL has been seen yet.');
  assert.equal(sentence('An operator paused it.'), 'An operator paused it.');
});

test('every job type has a name of its own', () => {
  const names = ['sdxl_image_fast', 'sdxl_image_high', 'image_fast', 'image_high', 'video_fast', 'video_high',
    'image7b_fast_enhanced', 'image7b_high_enhanced', 'video7b_fast_enhanced', 'video7b_high_enhanced'];
  assert.equal(new Set(names.map(title)).size, names.length);
  assert.equal(title('video7b_high_enhanced'), 'WAN video, high quality, rewritten prompt');
});

test('a job that is sent, kept and ordered again stays the same order', () => {
  const body = { jobType: 'sdxl_image_fast', metadata: { prompt: 'a fox', num_images: 3, seed: 0 } };
  assert.deepEqual(orderOf(jobBeingSent('local', body)), body);
  const video = { jobType: 'video_fast', metadata: { prompt: 'waves' } };
  assert.deepEqual(orderOf(jobBeingSent('local', video)), video);
});

test('only what the edge has and has not finished is watched', () => {
  const job = (status) => jobFrom({ id: '1', job_type: 'image_fast', status, created_at: '2026-01-01T00:00:00Z' });
  assert.deepEqual(['queued', 'processing', 'completed', 'failed', 'canceled'].map((status) => isActive(job(status))), [true, true, false, false, false]);
  assert.equal(isActive(jobBeingSent('local', { jobType: 'image_fast', metadata: { prompt: 'a fox' } })), false);
});

test('a refusal says what it costs and what to do', () => {
  const problem = new Problem({ code: 'insufficient_credits', message: 'There are not enough credits for this job.', details: { required: 6, balance: 2 } });
  assert.deepEqual(explain(problem), { what: 'This costs 6 credits and you have 2.', action: 'Order fewer or faster ones, or add credits.' });
  assert.equal(explain(new Problem({ code: 'queue_full', message: 'The queue is full.', retryAfterSeconds: 60 })).action, 'Try again in 60 seconds.');
  assert.deepEqual(explain(new Problem({ code: 'not_found', message: 'There is nothing here.' })), { what: 'There is nothing here.', action: undefined });
});

function cut(bytes, size) {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}
