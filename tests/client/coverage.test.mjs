// Whatever a user can do, the client can do, and nothing that the service does not have.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { FakeEdge, frame, JOB_ID, job, json, ORDER, stream } from './fakes.mjs';

const document = JSON.parse(
  fs.readFileSync(path.resolve(import.meta.dirname, '..', '..', 'docs', 'openapi.json'), 'utf8'),
);
// A page's own EventSource takes a ticket, because it cannot send a header. The client can.
const NOT_NEEDED = ['POST /api/events/ticket'];
// What is in OpenAI's form is for OpenAI's own clients, and what language models call for theirs.
const isOfOthers = (name) => name.includes(' /v1/') || name.endsWith(' /mcp');
const ID = JOB_ID;

/** Both names of a function are one. */
const shortName = (route) => route.replace('/functions/v1/', '/api/');

test('each operation for users is called by a method, and no other', async () => {
  const edge = new FakeEdge(
    new Proxy(
      {},
      {
        get: (_, route) => () => {
          if (/events$/.test(route)) return stream([frame(1, 'completed')]);
          if (route.startsWith('PUT ')) return new Response();
          return json({
            ...job({ status: route.endsWith(`/jobs/${ID}`) ? 'queued' : 'completed' }),
            job: { id: ID },
            items: [],
            nextCursor: null,
            url: 'http://edge.example/file',
            method: 'PUT',
          });
        },
      },
    ),
  );
  const client = edge.client({ token: () => `x.${btoa('{"sub":"ada"}')}.x` });
  const signal = AbortSignal.timeout(1_000);
  const calls = [
    client.createJob(ORDER),
    client.estimate(ORDER),
    client.getJob(ID),
    client.jobs().page(),
    client.cancel(ID),
    client.retry(ID),
    client.assets().page(),
    client.updateAsset(ID, { saved: true }),
    client.deleteAsset(ID),
    client.tags(),
    client.enhance({ prompt: 'a fox', jobType: 'image_fast' }),
    client.queueStatus(),
    client.me(),
    client.deleteData(),
    client.config(),
    client.projects.list().page(),
    client.projects.create({}),
    client.projects.update(ID, {}),
    client.references.upload(new Uint8Array(1), { type: 'style' }),
    client.webhooks.secret(),
    client.webhooks.replaceSecret(),
    client.webhooks.deliveries().page(),
    client.webhooks.redeliver(ID),
    client.keys.create({ name: 'CI', scopes: ['read'] }),
    client.keys.list(),
    client.keys.revoke(ID),
  ];
  await Promise.all(calls);
  for await (const { events } of client.watchJob(ID, { signal })) if (events.length > 0) break;
  for await (const { kind } of client.watchAll({ signal })) if (kind === 'job') break;

  const called = new Set(
    edge.requests.map((request) => `${request.method} ${shortName(request.path.split('?')[0].replace(ID, '{id}'))}`),
  );
  called.delete('PUT /file');
  const described = Object.entries(document.paths).flatMap(([route, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${shortName(route)}`,
      ...operation,
    })),
  );
  const isForUsers = ({ security }) =>
    security.some((way) => 'user' in way) && !security.some((way) => 'adminSecret' in way);
  const forUsers = described
    .filter(isForUsers)
    .map(({ name }) => name)
    .filter((name) => !NOT_NEEDED.includes(name) && !isOfOthers(name));
  assert.ok(forUsers.length > 20);
  assert.deepEqual([...called].filter((name) => name !== 'GET /api/config').sort(), [...new Set(forUsers)].sort());
});
