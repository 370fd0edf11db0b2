// Run by limits.test.mjs in a stack of its own, where a user may make one request a minute.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { BASE, signIn } from '../journeys/client.mjs';
import { ACCESS, isOpenAi } from './access.mjs';

// What the rows name exists for nobody here: who is over the limit is not told so.
const NOTHING = { owner: { id: randomUUID() }, worker: {}, claim: {} };

/** What anonymous callers are refused and signed-in ones are not: all that a user may do. */
const operations = Object.keys(ACCESS).filter((operation) => {
  const { anonymous, other, owner } = ACCESS[operation].statuses;
  return anonymous === 401 && other !== 401 && owner === 200;
});

async function ask(user, operation) {
  const [method, pattern] = operation.split(' ');
  const { body } = ACCESS[operation].request(NOTHING);
  const answer = await fetch(BASE + pattern.replace('{id}', randomUUID()), {
    method,
    headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
  const text = isStream ? '' : await answer.text();
  if (text === '') await answer.body?.cancel();
  return { status: answer.status, headers: answer.headers, text };
}

test('the operations of users were found', () => assert.ok(operations.length > 20, operations.join()));

for (const operation of operations)
  test(`${operation} has a limit for each user`, async () => {
    const [user, other] = [await signIn(), await signIn()];
    const first = await ask(user, operation);
    assert.notEqual(first.status, 429, first.text);
    const second = await ask(user, operation);
    assert.equal(second.status, 429, second.text);
    const { code, error } = JSON.parse(second.text);
    if (isOpenAi(operation)) assert.equal(error.code, 'rate_limit_exceeded');
    else assert.equal(code, 'rate_limited');
    assert.ok(Number(second.headers.get('retry-after')) > 0);
    assert.match(second.headers.get('ratelimit'), /^"requests";r=0;t=\d+$/);
    assert.notEqual((await ask(other, operation)).status, 429, 'somebody else is not over it');
  });
