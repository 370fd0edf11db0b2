// Watching one job: nothing is missed, nothing is told twice, and the end always comes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, FakeEdge, frame, JOB_ID, job, json, networkFailure, refusal, stream } from './fakes.mjs';

const JOB = `GET /api/jobs/${JOB_ID}`;
const EVENTS = `${JOB}/events`;
const DONE = { status: 'completed', progress: 100, position: null, waitingFor: null };

/** What a watch tells: `[status, progress, kinds of the events]` each. */
async function told(watch) {
  const updates = [];
  for await (const {
    job: { status, progress },
    events,
  } of watch)
    updates.push([status, progress, events.map(({ kind }) => kind).join()]);
  return updates;
}

/** A job whose state goes on with each read; the last one stays. */
function states(...list) {
  return (_, nth) => json(job(list[Math.min(nth, list.length) - 1]));
}

test('a job is told from the state it is in to its end', async () => {
  const edge = new FakeEdge({
    [JOB]: states({}, { status: 'processing' }, DONE),
    [EVENTS]: () =>
      stream([
        'retry: 1000\n\n',
        frame(1, 'queued') + frame(2, 'processing', { attempt: 1 }),
        frame(3, 'progress', { attempt: 1, progress: 40 }),
        frame(4, 'asset') + frame(5, 'completed'),
      ]),
  });
  const watch = edge.client().watchJob(JOB_ID);
  assert.deepEqual(await told(watch), [
    ['queued', 0, ''],
    ['processing', 0, 'queued,processing'],
    ['processing', 40, 'progress'],
    ['completed', 100, 'asset,completed'],
  ]);
  // Progress needed no reading.
  assert.equal(edge.asked('GET', `/api/jobs/${JOB_ID}`).length, 3);
});

test('a job that has ended is told once, without a stream', async () => {
  const edge = new FakeEdge({ [JOB]: states({ status: 'failed' }) });
  assert.equal((await edge.client().watchJob(JOB_ID).finished()).status, 'failed');
  assert.equal(edge.requests.length, 1);
});

test('callbacks hear the same as an iterator', async () => {
  const edge = new FakeEdge({ [JOB]: states({}, DONE), [EVENTS]: () => stream([frame(1, 'completed')]) });
  const heard = [];
  const connections = [];
  const watch = edge.client().watchJob(JOB_ID, {
    onUpdate: ({ job: { status } }) => heard.push(status),
    onConnection: (connection) => connections.push(connection),
  });
  assert.equal((await watch.finished()).status, 'completed');
  assert.deepEqual(heard, ['queued', 'completed']);
  assert.deepEqual(connections, ['live']);
});

test('a stream that is cut in the middle of a character resumes behind the last whole event', async () => {
  const second = new TextEncoder().encode(frame(2, 'processing', { attempt: 1, why: 'Übung' }));
  const cutAt = second.indexOf(0xc3) + 1;
  const edge = new FakeEdge({
    [JOB]: states({}, { status: 'processing' }, { status: 'processing' }, DONE),
    [EVENTS]: (_, nth) =>
      stream(
        nth === 1
          ? [frame(1, 'progress', { attempt: 1, progress: 5 }), second.slice(0, cutAt), networkFailure()]
          : [frame(2, 'processing', { attempt: 1, why: 'Übung' }), frame(3, 'completed')],
      ),
  });
  const updates = await told(edge.client().watchJob(JOB_ID));
  assert.deepEqual(updates.map(([, , kinds]) => kinds).filter(Boolean), ['progress', 'processing', 'completed']);
  assert.deepEqual(
    edge.asked('GET', `/api/jobs/${JOB_ID}/events`).map(({ headers }) => headers['last-event-id']),
    [undefined, '1'],
  );
});

test('events that come again are not told again', async () => {
  const edge = new FakeEdge({
    [JOB]: states({}, { status: 'processing' }, DONE),
    [EVENTS]: (_, nth) =>
      stream(
        nth === 1
          ? [frame(1, 'processing'), frame(1, 'processing'), frame(2, 'progress', { attempt: 1, progress: 9 })]
          : [frame(1, 'processing'), frame(2, 'progress', { attempt: 1, progress: 9 }), frame(3, 'completed')],
      ),
  });
  const updates = await told(edge.client().watchJob(JOB_ID));
  assert.deepEqual(updates.map(([, , kinds]) => kinds).filter(Boolean), ['processing', 'progress', 'completed']);
});

test('progress of the past, or of another attempt, changes nothing', async () => {
  const edge = new FakeEdge({
    [JOB]: states({ status: 'processing', progress: 60, attempt: 2 }, { ...DONE, attempt: 2 }),
    [EVENTS]: () =>
      stream([
        frame(1, 'progress', { attempt: 1, progress: 90 }),
        frame(2, 'progress', { attempt: 2, progress: 20 }),
        frame(3, 'progress', { attempt: 2, progress: 70 }),
        frame(4, 'completed'),
      ]),
  });
  assert.deepEqual(
    (await told(edge.client().watchJob(JOB_ID))).map(([, progress]) => progress),
    [60, 60, 60, 70, 100],
  );
});

test('a token that ends during a stream is replaced, and the stream resumes', async () => {
  let token = 'first';
  const edge = new FakeEdge({
    [JOB]: states({}, DONE),
    [EVENTS]: ({ headers }, nth) => {
      if (nth === 1) {
        token = 'expired';
        return stream([frame(1, 'progress', { attempt: 1, progress: 1 })]);
      }
      return headers.authorization === 'Bearer second' ? stream([frame(2, 'completed')]) : refusal(401, 'unauthorized');
    },
  });
  const client = edge.client({
    token: ({ refused }) => {
      if (refused) token = 'second';
      return token;
    },
  });
  assert.equal((await client.watchJob(JOB_ID).finished()).status, 'completed');
  assert.deepEqual(
    edge.asked('GET', `/api/jobs/${JOB_ID}/events`).map(({ headers }) => headers.authorization),
    ['Bearer first', 'Bearer expired', 'Bearer second'],
  );
});

test('where there is no stream the state is polled, and a stream is tried again', async () => {
  const edge = new FakeEdge({
    [JOB]: (_, nth) => json(job(nth < 9 ? { progress: nth } : DONE)),
    [EVENTS]: () => refusal(503, 'unavailable'),
  });
  const connections = new Set();
  const watch = edge.client().watchJob(JOB_ID, { onConnection: (connection) => connections.add(connection) });
  assert.equal((await watch.finished()).status, 'completed');
  assert.deepEqual([...connections], ['offline', 'polling']);

  let streams = 0;
  const healing = new FakeEdge({
    [JOB]: () => json(job(streams > 5 ? DONE : {})),
    [EVENTS]: (_, nth) => {
      streams = nth;
      return streams > 5 ? stream([frame(1, 'completed')]) : refusal(503, 'unavailable');
    },
  });
  assert.deepEqual((await told(healing.client().watchJob(JOB_ID))).at(-1), ['completed', 100, 'completed']);
});

test('where the state cannot be looked at either, nobody is told that it is', async () => {
  const edge = new FakeEdge({
    [JOB]: (_, nth) => (nth === 1 ? json(job({})) : nth < 9 ? refusal(503, 'unavailable') : json(job(DONE))),
    [EVENTS]: () => refusal(503, 'unavailable'),
  });
  const connections = [];
  const onConnection = (connection) =>
    connections.push(`${connection} ${edge.asked('GET', `/api/jobs/${JOB_ID}`).length}`);
  assert.equal((await edge.client().watchJob(JOB_ID, { onConnection }).finished()).status, 'completed');
  assert.deepEqual(
    connections.filter((each) => each.startsWith('polling')),
    ['polling 9'],
  );
});

test('a poll that fails is told, and one that works again as well', async () => {
  const edge = new FakeEdge({
    [JOB]: (_, nth) => (nth < 7 ? json(job({})) : nth < 9 ? refusal(503, 'unavailable') : json(job(DONE))),
    [EVENTS]: () => refusal(503, 'unavailable'),
  });
  const connections = [];
  const onConnection = (connection) => connection === connections.at(-1) || connections.push(connection);
  assert.equal((await edge.client().watchJob(JOB_ID, { onConnection }).finished()).status, 'completed');
  assert.deepEqual(connections, ['offline', 'polling', 'offline', 'polling']);
});

test('what is no event stream is none: a page that a proxy shows, an empty answer', async () => {
  const page = () => new Response('<html>\n\n<p>Please wait.</p>\n\n', { headers: { 'content-type': 'text/html' } });
  for (const answer of [page, () => stream([])]) {
    const edge = new FakeEdge({ [JOB]: states({}, {}, {}, {}, {}, DONE), [EVENTS]: answer });
    const connections = new Set();
    const watch = edge.client().watchJob(JOB_ID, { onConnection: (connection) => connections.add(connection) });
    assert.deepEqual(
      await told(watch),
      [
        ['queued', 0, ''],
        ['completed', 100, ''],
      ],
      'what is the same is not told again',
    );
    assert.deepEqual([...connections], ['offline', 'polling']);
  }
});

test('streams that end without a word do not hide the end', async () => {
  const edge = new FakeEdge({ [JOB]: states({}, {}, DONE), [EVENTS]: () => stream(['retry: 1000\n\n']) });
  assert.equal((await edge.client().watchJob(JOB_ID).finished()).status, 'completed');
  assert.deepEqual(edge.pauses, [1000]);
});

test('streams that break now and then are no reason to poll', async () => {
  const edge = new FakeEdge({
    [JOB]: (_, nth) => json(job(nth < 8 ? { status: 'processing' } : DONE)),
    [EVENTS]: (_, nth) =>
      stream([
        frame(nth, 'progress', { attempt: 1, progress: nth }),
        ...(nth < 7 ? [networkFailure()] : [frame(8, 'completed')]),
      ]),
  });
  const connections = new Set();
  await edge
    .client()
    .watchJob(JOB_ID, { onConnection: (connection) => connections.add(connection) })
    .finished();
  assert.deepEqual([...connections], ['live', 'offline']);
  assert.equal(edge.asked('GET', `/api/jobs/${JOB_ID}/events`).length, 7);
});

test('a sign of life keeps a connection', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let say;
  const edge = new FakeEdge({
    [JOB]: states({}, {}, DONE),
    [EVENTS]: ({ signal }, nth) => {
      if (nth > 1) return stream([frame(1, 'completed')]);
      const body = new ReadableStream({
        start: (controller) => {
          say = (text) => controller.enqueue(new TextEncoder().encode(text));
          signal.addEventListener('abort', () => controller.error(signal.reason));
        },
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    },
  });
  const streams = () => edge.asked('GET', `/api/jobs/${JOB_ID}/events`).length;
  const finished = edge.client().watchJob(JOB_ID).finished();
  await settled();
  for (let comment = 0; comment < 5; comment += 1) {
    say(': still here\n\n');
    await settled();
    context.mock.timers.tick(40_000);
    await settled();
    assert.equal(streams(), 1);
  }
  context.mock.timers.tick(5_000);
  await finished;
  assert.equal(streams(), 2);
});

test('the network may go away for as long as it likes', async () => {
  const edge = new FakeEdge({
    [JOB]: (_, nth) => (nth > 1 && nth < 60 ? Promise.reject(networkFailure()) : json(job(nth === 1 ? {} : DONE))),
    [EVENTS]: (_, nth) =>
      nth === 1
        ? stream([frame(1, 'progress', { attempt: 1, progress: 3 }), networkFailure()])
        : Promise.reject(networkFailure()),
  });
  assert.equal((await edge.client().watchJob(JOB_ID).finished()).status, 'completed');
  assert.ok(Math.max(...edge.pauses) <= 15_000);
});

test('the end is told although the state could not be read when it came', async () => {
  const edge = new FakeEdge({
    [JOB]: (_, nth) => (nth === 1 ? json(job()) : nth < 5 ? refusal(503, 'unavailable') : json(job(DONE))),
    [EVENTS]: ({ signal }) => stream([frame(1, 'completed')], { signal, open: true }),
  });
  assert.deepEqual((await told(edge.client().watchJob(JOB_ID))).at(-1), ['completed', 100, 'completed']);
});

test('a connection that says nothing any more is given up', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  for (const [first, silence] of [
    [[], 10_000],
    [['retry: 1000\n\n'], 45_000],
  ]) {
    const edge = new FakeEdge({
      [JOB]: states({}, {}, DONE),
      [EVENTS]: ({ signal }, nth) =>
        nth === 1 ? stream(first, { signal, open: true }) : stream([frame(1, 'completed')]),
    });
    const finished = edge.client().watchJob(JOB_ID).finished();
    await settled();
    assert.equal(edge.asked('GET', `/api/jobs/${JOB_ID}/events`).length, 1);
    context.mock.timers.tick(silence - 1);
    await settled();
    assert.equal(edge.asked('GET', `/api/jobs/${JOB_ID}`).length, 1, 'it is not given up too early');
    context.mock.timers.tick(1);
    assert.equal((await finished).status, 'completed');
  }
});

test('a job of somebody else, or a sign-in that has ended, ends the watch', async () => {
  const foreign = new FakeEdge({ [JOB]: () => refusal(404, 'not_found') });
  assert.equal((await errorOf(foreign.client().watchJob(JOB_ID).finished())).code, 'not_found');
  const signedOut = new FakeEdge({ [JOB]: () => json(job()), [EVENTS]: () => refusal(401, 'unauthorized') });
  assert.equal((await errorOf(signedOut.client().watchJob(JOB_ID).finished())).code, 'unauthorized');
});

test('an abort ends a watch and its connection', async () => {
  const reason = new Error('enough');
  const controller = new AbortController();
  const edge = new FakeEdge({
    [JOB]: () => json(job()),
    [EVENTS]: ({ signal }) => stream([frame(1, 'progress', { attempt: 1, progress: 1 })], { signal, open: true }),
  });
  const onUpdate = ({ events }) => events.length > 0 && controller.abort(reason);
  assert.equal(
    await errorOf(edge.client().watchJob(JOB_ID, { signal: controller.signal, onUpdate }).finished()),
    reason,
  );
  assert.equal(edge.requests.at(-1).signal.aborted, true);
});

test('no more than three streams are open; the others poll until one is free', async () => {
  const open = new Set();
  let most = 0;
  const ended = new Set();
  const answers = (id) => ({
    [`GET /api/jobs/${id}`]: () => json(job({ id, ...(ended.has(id) ? DONE : {}) })),
    [`GET /api/jobs/${id}/events`]: async ({ signal }) => {
      open.add(id);
      most = Math.max(most, open.size);
      signal.addEventListener('abort', () => open.delete(id));
      await new Promise((resolve) => setImmediate(resolve));
      ended.add(id);
      queueMicrotask(() => open.delete(id));
      return stream([frame(1, 'completed', {}, id)]);
    },
  });
  const ids = ['1', '2', '3', '4', '5'];
  const edge = new FakeEdge(Object.assign({}, ...ids.map(answers)));
  const client = edge.client();
  const jobs = await Promise.all(ids.map((id) => client.watchJob(id).finished()));
  assert.deepEqual(
    jobs.map(({ status }) => status),
    ids.map(() => 'completed'),
  );
  assert.equal(most, 3);
});

/** Everything that needs no timer has happened. */
async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
