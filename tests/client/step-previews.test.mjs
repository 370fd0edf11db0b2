// What pictures look like while they are made: told with the state, and gone when there is something better to see.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeEdge, frame, JOB_ID, job, json, stream } from './fakes.mjs';
import { FakeBrowser } from './tabs.mjs';

const JOB = `GET /api/jobs/${JOB_ID}`;
const RUNNING = { status: 'processing', progress: 10, position: null, waitingFor: null };
const URL = 'data:image/jpeg;base64,/9j//9k=';
const token = () => `x.${btoa(JSON.stringify({ sub: 'ada' }))}.x`;

function preview(index, image = URL, jobId = JOB_ID) {
  return `event: step_preview\ndata: ${JSON.stringify({ job_id: jobId, index, image })}\n\n`;
}

function asset(index, status = 'completed') {
  return { id: `a${index}`, image_index: index, status, url: status === 'completed' ? 'https://x/a.png' : null };
}

/** A job whose state goes on with each read; the last one stays. */
function states(...list) {
  return (_, nth) => json(job(list[Math.min(nth, list.length) - 1]));
}

async function settled() {
  for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function told(watch) {
  const updates = [];
  for await (const { job: now, events, stepPreviews } of watch)
    updates.push([now.status, events.map(({ kind }) => kind).join(), stepPreviews]);
  return updates;
}

test('a watch that asks for them has the newest of each picture until that is there', async () => {
  const edge = new FakeEdge({
    [JOB]: states(RUNNING, { ...RUNNING, assets: [asset(0), asset(1, 'processing')] }, { status: 'completed' }),
    [`${JOB}/events`]: () =>
      stream([
        frame(1, 'progress', { attempt: 1, progress: 40, step_preview: true }),
        preview(0, 'data:one') + preview(1, 'data:two'),
        preview(0, 'data:newer'),
        frame(2, 'progress', { attempt: 1, progress: 60 }),
        frame(3, 'asset'),
        frame(4, 'completed'),
      ]),
  });
  assert.deepEqual(await told(edge.client().watchJob(JOB_ID, { stepPreviews: true })), [
    ['processing', '', {}],
    ['processing', 'progress', {}],
    ['processing', '', { 0: 'data:one', 1: 'data:two' }],
    ['processing', '', { 0: 'data:newer', 1: 'data:two' }],
    ['processing', 'progress', { 0: 'data:newer', 1: 'data:two' }],
    ['processing', 'asset', { 1: 'data:two' }],
    ['completed', 'completed', {}],
  ]);
  assert.equal(edge.asked('GET', `/api/jobs/${JOB_ID}/events`)[0].path, `/api/jobs/${JOB_ID}/events?previews=1`);
  assert.equal(edge.asked('GET', `/api/jobs/${JOB_ID}`).length, 3, 'one to see is no reason to look at the job');
});

test('whoever does not ask is told of none', async () => {
  const edge = new FakeEdge({
    [JOB]: states(RUNNING, { status: 'completed' }),
    [`${JOB}/events`]: () => stream([frame(1, 'completed')]),
  });
  const updates = await told(edge.client().watchJob(JOB_ID));
  assert.ok(updates.every(([, , previews]) => previews === undefined));
  assert.equal(edge.asked('GET', `/api/jobs/${JOB_ID}/events`)[0].path, `/api/jobs/${JOB_ID}/events`);
});

test('another attempt begins without those of the one before', async () => {
  const edge = new FakeEdge({
    [JOB]: states(RUNNING, { status: 'queued' }, { ...RUNNING, attempt: 2 }, { status: 'failed' }),
    [`${JOB}/events`]: () =>
      stream([
        preview(0),
        frame(1, 'requeued'),
        frame(2, 'processing', { attempt: 2 }),
        frame(3, 'failed', { attempt: 2 }),
      ]),
  });
  const updates = await told(edge.client().watchJob(JOB_ID, { stepPreviews: true }));
  assert.deepEqual(
    updates.map(([status, , previews]) => [status, previews]),
    [
      ['processing', {}],
      ['processing', { 0: URL }],
      ['queued', {}],
      ['processing', {}],
      ['failed', {}],
    ],
  );
});

test('all tabs see what the one sees that listens', async () => {
  let say;
  const edge = new FakeEdge({
    'GET /api/jobs/a': () => json(job({ ...RUNNING, id: 'a' })),
    'GET /api/events': ({ signal }) => {
      const body = new ReadableStream({
        start(controller) {
          say = (text) => controller.enqueue(new TextEncoder().encode(text));
          signal.addEventListener('abort', () => controller.error(signal.reason));
          say('retry: 1000\n\nid: 0\n\n');
        },
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    },
  });
  const browser = new FakeBrowser();
  const tabs = [0, 1].map(() => {
    const controller = new AbortController();
    const heard = [];
    const onUpdate = ({ kind, stepPreviews }) => kind === 'job' && heard.push(stepPreviews);
    const done = edge
      .client({ token, tabs: browser.tab() })
      .watchAll({ signal: controller.signal, onUpdate, stepPreviews: true })
      .run();
    return { heard, done, close: () => controller.abort() };
  });
  await settled();
  say(preview(0, URL, 'stranger'));
  say(frame(1, 'progress', { attempt: 1, progress: 20 }, 'a'));
  await settled();
  say(preview(2, URL, 'a'));
  await settled();
  say(frame(2, 'progress', { attempt: 1, progress: 30 }, 'a'));
  await settled();
  for (const { heard } of tabs) assert.deepEqual(heard, [{}, { 2: URL }, { 2: URL }]);
  const paths = edge.asked('GET', '/api/events').map(({ path }) => path);
  assert.deepEqual(paths, ['/api/events?after=latest&previews=1']);
  for (const tab of tabs) tab.close();
  await Promise.all(tabs.map(({ done }) => done));
});
