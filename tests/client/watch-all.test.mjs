// Watching all jobs: one tab listens for all, and when it goes, another goes on where it stopped.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, FakeEdge, frame, job, json, networkFailure, refusal } from './fakes.mjs';
import { FakeBrowser } from './tabs.mjs';

const EVENTS = 'GET /api/events';
// A token whose payload says {"sub":"ada"}.
const token = () => `x.${btoa(JSON.stringify({ sub: 'ada' }))}.x`;
const LOCK = 'ourvidz.events.ada@http://edge.example';

/** A service with a user's log of events, which any number of streams reads behind its position. */
class Log extends FakeEdge {
  #events = [];
  #streams = new Set();
  jobs = new Map();

  constructor() {
    super();
    this.routes = new Proxy({}, { get: (_, route) => this.#answer(route) });
  }

  /** Something happens: the job is in this state from now on. */
  happen(kind, id, fields = {}) {
    this.jobs.set(id, job({ ...this.jobs.get(id), id, ...fields }));
    this.#events.push({ position: this.#events.length + 1, kind, id, data: { attempt: 1, ...fields } });
    for (const send of this.#streams) send();
  }

  get streams() {
    return this.#streams.size;
  }

  /** Says something in all streams, a comment for example. */
  say(text) {
    for (const send of this.#streams) send(undefined, text);
  }

  /** Ends all streams as a lost network would. */
  cut() {
    for (const send of [...this.#streams]) send(networkFailure());
  }

  #answer(route) {
    if (route === EVENTS) return (request) => this.#stream(request);
    if (route === 'GET /api/jobs') return () => json({ items: [...this.jobs.values()].reverse(), nextCursor: null });
    return () => json(this.jobs.get(route.split('/').at(-1)));
  }

  #stream({ path, headers, signal }) {
    const latest = path.endsWith('?after=latest');
    let position = latest ? this.#events.length : Number(headers['last-event-id'] ?? 0);
    let send;
    const body = new ReadableStream({
      start: (controller) => {
        const end = (error) => {
          if (!this.#streams.delete(send)) return;
          controller.error(error);
        };
        send = (error, comment = '') => {
          if (error) return end(error);
          const text =
            comment +
            this.#events
              .slice(position)
              .map((event) => frame(event.position, event.kind, event.data, event.id))
              .join('');
          position = this.#events.length;
          if (text) controller.enqueue(new TextEncoder().encode(text));
        };
        controller.enqueue(new TextEncoder().encode(`retry: 1000\n\n${latest ? `id: ${position}\n\n` : ''}`));
        this.#streams.add(send);
        send();
        signal.addEventListener('abort', () => end(signal.reason));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }
}

/** A tab that writes down what it hears: `ready`, or `id:status:progress`. */
function watching(edge, tabs, name = 'tab') {
  const controller = new AbortController();
  const heard = [];
  const events = [];
  const onUpdate = (update) => {
    heard.push(update.kind === 'ready' ? 'ready' : `${update.job.id}:${update.job.status}:${update.job.progress}`);
    events.push(...(update.events ?? []).map(({ kind }) => kind));
  };
  const done = edge
    .client({ token, tabs, headers: { 'x-tab': name } })
    .watchAll({ signal: controller.signal, onUpdate })
    .run();
  return { heard, events, done, close: () => controller.abort() };
}

/** Everything that needs no time has happened. */
async function settled() {
  for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('a tab hears that it misses nothing any more, and then what happens', async () => {
  const edge = new Log();
  edge.happen('queued', 'old', { status: 'queued' });
  const tab = watching(edge, null);
  await settled();
  assert.deepEqual(tab.heard, ['ready'], 'the past is in the lists');
  edge.happen('queued', 'a', { status: 'queued' });
  await settled();
  edge.happen('processing', 'a', { status: 'processing' });
  await settled();
  edge.happen('progress', 'a', { progress: 40 });
  await settled();
  edge.happen('completed', 'a', { status: 'completed', progress: 100 });
  await settled();
  assert.deepEqual(tab.heard, ['ready', 'a:queued:0', 'a:processing:0', 'a:processing:40', 'a:completed:100']);
  assert.equal(edge.asked('GET', '/api/jobs/a').length, 3, 'progress needs no reading');
  tab.close();
  await tab.done;
  assert.equal(edge.streams, 0);
});

test('ten tabs hear the same over one stream', async () => {
  const edge = new Log();
  const browser = new FakeBrowser();
  const tabs = Array.from({ length: 10 }, () => watching(edge, browser.tab()));
  await settled();
  assert.equal(edge.streams, 1);
  edge.happen('queued', 'a', { status: 'queued' });
  await settled();
  const late = watching(edge, browser.tab());
  await settled();
  assert.deepEqual(late.heard, ['ready'], 'it need not wait for the next event');
  edge.happen('completed', 'a', { status: 'completed', progress: 100 });
  await settled();
  for (const { heard } of tabs) assert.deepEqual(heard, ['ready', 'a:queued:0', 'a:completed:100']);
  assert.deepEqual(late.heard, ['ready', 'a:completed:100']);
  assert.equal(edge.asked('GET', '/api/events').length, 1);
  assert.equal(edge.asked('GET', '/api/jobs/a').length, 2);
  for (const tab of [...tabs, late]) tab.close();
  await Promise.all([...tabs, late].map(({ done }) => done));
  await settled();
  assert.equal(browser.isLed(LOCK), false);
});

test('when the leader closes, the next one goes on where it stopped', async () => {
  const edge = new Log();
  const browser = new FakeBrowser();
  const first = watching(edge, browser.tab());
  await settled();
  const [second, third] = [watching(edge, browser.tab()), watching(edge, browser.tab())];
  await settled();
  edge.happen('queued', 'a', { status: 'queued' });
  await settled();
  first.close();
  // While nobody listens.
  edge.happen('completed', 'a', { status: 'completed', progress: 100 });
  await settled();
  for (const { heard } of [second, third]) assert.deepEqual(heard, ['ready', 'a:queued:0', 'a:completed:100']);
  assert.deepEqual(
    edge.asked('GET', '/api/events').map(({ path, headers }) => [path, headers['last-event-id']]),
    [
      ['/api/events?after=latest', undefined],
      ['/api/events', '1'],
    ],
  );
  assert.equal(edge.streams, 1);
  second.close();
  third.close();
});

test('what was told is not told again by a leader that knows less', async () => {
  const edge = new Log();
  const browser = new FakeBrowser();
  const leader = watching(edge, browser.tab());
  const tab = watching(edge, browser.tab());
  await settled();
  edge.happen('queued', 'a', { status: 'queued' });
  edge.happen('completed', 'a', { status: 'completed' });
  await settled();
  const before = [...tab.heard];
  const another = browser.tab().open(LOCK);
  another.postMessage({
    kind: 'updates',
    updates: [{ job: job({ id: 'a' }), events: [{ id: '1', kind: 'queued', jobId: 'a' }] }],
    position: '2',
  });
  await settled();
  assert.deepEqual(tab.heard, before);
  leader.close();
  tab.close();
});

test('a leader that is frozen is replaced by a tab that people look at', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const edge = new Log();
  const browser = new FakeBrowser();
  // It has the lock, and says nothing.
  const frozen = browser
    .tab()
    .locks.request(LOCK, {}, () => new Promise(() => {}))
    .catch((error) => error.name);
  const hidden = watching(edge, browser.tab({ visible: false }), 'hidden');
  const seen = watching(edge, browser.tab(), 'seen');
  await settled();
  context.mock.timers.tick(44_999);
  await settled();
  assert.equal(edge.streams, 0);
  context.mock.timers.tick(1);
  await settled();
  assert.equal(await frozen, 'AbortError');
  edge.happen('completed', 'a', { status: 'completed', progress: 100 });
  await settled();
  for (const { heard } of [hidden, seen]) assert.deepEqual(heard, ['ready', 'a:completed:100']);
  assert.deepEqual(
    edge.asked('GET', '/api/events').map(({ headers }) => headers['x-tab']),
    ['seen'],
  );
  for (const tab of [hidden, seen]) tab.close();
  await Promise.all([hidden, seen].map(({ done }) => done));
  await settled();
  assert.equal(browser.isLed(LOCK), false);
});

test('a leader whose lock is taken stops, and queues again', async () => {
  const edge = new Log();
  const browser = new FakeBrowser();
  const tab = watching(edge, browser.tab());
  await settled();
  assert.equal(edge.streams, 1);
  let release;
  const thief = browser.tab().locks.request(
    LOCK,
    { steal: true },
    () =>
      new Promise((resolve) => {
        release = resolve;
      }),
  );
  await settled();
  assert.equal(edge.streams, 0);
  edge.happen('completed', 'a', { status: 'completed', progress: 100 });
  release();
  await thief;
  await settled();
  assert.equal(edge.streams, 1);
  assert.deepEqual(tab.heard, ['ready', 'a:completed:100'], 'it goes on where it stopped');
  tab.close();
});

test('a leader to which nothing happens is not taken for frozen', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const edge = new Log();
  const browser = new FakeBrowser();
  const tabs = [watching(edge, browser.tab(), 'first'), watching(edge, browser.tab(), 'second')];
  await settled();
  for (let comment = 0; comment < 5; comment += 1) {
    context.mock.timers.tick(40_000);
    await settled();
    edge.say(': still here\n\n');
    await settled();
  }
  assert.deepEqual(
    edge.asked('GET', '/api/events').map(({ headers }) => headers['x-tab']),
    ['first'],
  );
  for (const tab of tabs) tab.close();
});

test('users of one browser share nothing', async () => {
  const edge = new Log();
  const browser = new FakeBrowser();
  const ada = watching(edge, browser.tab());
  const controller = new AbortController();
  const heard = [];
  const bob = edge.client({ token: () => `x.${btoa(JSON.stringify({ sub: 'bob' }))}.x`, tabs: browser.tab() });
  const done = bob.watchAll({ signal: controller.signal, onUpdate: ({ kind }) => heard.push(kind) }).run();
  await settled();
  assert.equal(edge.streams, 2);
  ada.close();
  controller.abort();
  await Promise.all([ada.done, done]);
});

test('a network that goes away and comes back loses nothing', async () => {
  const edge = new Log();
  const tab = watching(edge, null);
  await settled();
  edge.happen('queued', 'a', { status: 'queued' });
  await settled();
  edge.cut();
  edge.happen('processing', 'a', { status: 'processing' });
  edge.happen('completed', 'a', { status: 'completed', progress: 100 });
  await settled();
  assert.equal(tab.heard.at(-1), 'a:completed:100');
  assert.deepEqual(tab.events, ['queued', 'processing', 'completed']);
  assert.equal(edge.asked('GET', '/api/events').at(-1).headers['last-event-id'], '1');
  tab.close();
});

test('a state that cannot be read when its event comes is told later', async () => {
  const edge = new Log();
  const tab = watching(edge, null);
  await settled();
  const { fetch } = edge;
  let failures = 0;
  edge.fetch = fetch;
  const routes = edge.routes;
  edge.routes = new Proxy(
    {},
    {
      get: (_, route) =>
        route === 'GET /api/jobs/a' && failures++ < 3 ? () => refusal(503, 'unavailable') : routes[route],
    },
  );
  edge.happen('completed', 'a', { status: 'completed', progress: 100 });
  await settled();
  assert.equal(failures, 4);
  assert.deepEqual(tab.heard, ['ready', 'a:completed:100']);
  tab.close();
});

test('where no stream is to be had, the lists are looked at', async () => {
  const jobs = new Map([
    ['old', job({ id: 'old', status: 'completed' })],
    ['a', job({ id: 'a' })],
  ]);
  let looks = 0;
  const edge = new FakeEdge({
    [EVENTS]: () => refusal(503, 'unavailable'),
    'GET /api/jobs': () => {
      looks += 1;
      if (looks === 3) jobs.set('a', job({ id: 'a', status: 'processing', progress: 30 }));
      if (looks === 5) {
        jobs.set('a', job({ id: 'a', status: 'completed', progress: 100 }));
        // Ordered and finished between two looks.
        jobs.set('b', job({ id: 'b', status: 'failed' }));
      }
      return json({ items: [...jobs.values()].reverse(), nextCursor: null });
    },
  });
  const tab = watching(edge, null);
  while (looks < 7) await settled();
  tab.close();
  await tab.done;
  assert.deepEqual(tab.heard, ['ready', 'a:processing:30', 'a:completed:100', 'b:failed:0']);
});

test('it ends with the signal, or with a sign-in that has ended', async () => {
  const edge = new Log();
  const controller = new AbortController();
  const iterate = async () => {
    for await (const update of edge.client({ token }).watchAll({ signal: controller.signal }))
      if (update.kind === 'ready') controller.abort(new Error('enough'));
  };
  assert.equal((await errorOf(iterate())).message, 'enough');

  const signedOut = new FakeEdge({ [EVENTS]: () => refusal(401, 'unauthorized') });
  const browser = new FakeBrowser();
  assert.equal((await errorOf(signedOut.client({ token, tabs: browser.tab() }).watchAll().run())).code, 'unauthorized');
  await settled();
  assert.equal(browser.isLed(LOCK), false);
});

test('whoever stops iterating lets go of the stream', async () => {
  const edge = new Log();
  for await (const update of edge.client({ token }).watchAll()) if (update.kind === 'ready') break;
  await settled();
  assert.equal(edge.streams, 0);
});
