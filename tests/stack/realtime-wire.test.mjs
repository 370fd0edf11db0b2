// What the stand-in for Realtime reads and writes, without anything that runs.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Channel, Refused, readSubscriptions } from '../../tools/stack/backends/realtime/channel.mjs';
import { fulfils, parseFilter } from '../../tools/stack/backends/realtime/filters.mjs';
import { decode, encode, VERSIONS } from '../../tools/stack/backends/realtime/wire.mjs';

const MESSAGE = { joinRef: '1', ref: '2', topic: 'realtime:a', event: 'phx_join', payload: { config: {} } };

test('messages of both versions are read, and what is none is told apart', () => {
  const { joinRef: join_ref, ...rest } = MESSAGE;
  assert.deepEqual(decode(JSON.stringify({ join_ref, ...rest }), '1.0.0'), MESSAGE);
  assert.deepEqual(decode(JSON.stringify(Object.values(MESSAGE)), '2.0.0'), MESSAGE);
  const wrong = ['', '1', 'null', '{}', '[]', '[null,null,1,"a",{}]', '[{},null,"a","b",{}]', '["1","2","a"]'];
  for (const version of VERSIONS) for (const text of wrong) assert.equal(decode(text, version), null, text);
  const long = 'a'.repeat(256);
  assert.equal(decode(JSON.stringify([null, null, long, 'a', {}]), '2.0.0'), null);
  assert.equal(decode(JSON.stringify([null, long, 'a', 'a', {}]), '2.0.0'), null);
  assert.deepEqual(decode('[null,null,"a","b",7]', '2.0.0').payload, {});
});

test('messages are written as each version has them', () => {
  assert.deepEqual(JSON.parse(encode(MESSAGE, '2.0.0')), Object.values(MESSAGE));
  const { joinRef: _, ...rest } = MESSAGE;
  assert.deepEqual(JSON.parse(encode(MESSAGE, '1.0.0')), rest);
});

const TYPES = new Map(
  Object.entries({ text: 'text', id: 'uuid', number: 'int4', flag: 'bool', time: 'timestamptz', nothing: 'text' }),
);
const ROW = {
  text: 'a, "b"',
  id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  number: 9,
  flag: true,
  time: '2026-01-02T03:04:05.6+00:00',
  nothing: null,
};

for (const [filter, expected] of [
  ['id=eq.0F8FAD5B-d9cb-469f-a165-70867728950e', true],
  ['id=neq.0f8fad5b-d9cb-469f-a165-70867728950e', false],
  ['number=eq.9', true],
  ['number=gt.10', false],
  ['number=lt.10', true],
  ['number=gte.9,number=lte.9', true],
  ['number=gte.9,number=lt.9', false],
  ['number=not.eq.9', false],
  ['number=in.(1,9)', true],
  ['number=not.in.(1,9)', false],
  ['flag=eq.true', true],
  ['flag=eq.false', false],
  ['text=eq."a, \\"b\\""', true],
  ['text=in.(x,"a, \\"b\\"")', true],
  ['text=in.(a,b)', false],
  ['time=gt.2026-01-02T03:04:05+01:00', true],
  ['time=gt.2026-01-02T03:04:05.7Z', false],
  ['nothing=eq.', false],
  ['nothing=neq.a', false],
  ['nothing=not.eq.a', false],
  ['missing=eq.a', false],
]) {
  test(`the filter ${filter} is ${expected}`, () => {
    assert.equal(fulfils(ROW, parseFilter(filter), TYPES), expected);
  });
}

test('filters that it does not know are refused, not left out', () => {
  for (const filter of ['text=like.a%', 'text=is.null', 'text', 'a=eq.b,c', 'a=in.(b', 'a b=eq.c'])
    assert.equal(parseFilter(filter), null, filter);
  assert.throws(() => readSubscriptions({ postgres_changes: [{ event: '*', filter: 'text=match.a' }] }), Refused);
});

test('a channel asks for what there is, and not for more than a page needs', () => {
  const one = { event: 'UPDATE', schema: 'public', table: 'images' };
  assert.equal(readSubscriptions(undefined).length, 0);
  assert.equal(readSubscriptions({ postgres_changes: [one, one] }).length, 2);
  for (const config of [
    { private: true },
    { postgres_changes: {} },
    { postgres_changes: Array(21).fill(one) },
    { postgres_changes: [null] },
    { postgres_changes: [{ ...one, event: 'TRUNCATE' }] },
    { postgres_changes: [{ ...one, table: 7 }] },
  ])
    assert.throws(() => readSubscriptions(config), Refused, JSON.stringify(config));
});

test('columns that the listener may not read are neither told nor filtered by', () => {
  const listen = (filter, readable) => {
    const subscriptions = readSubscriptions({
      postgres_changes: [{ event: '*', schema: '*', table: 'notes', filter }],
    });
    const channel = new Channel({ topic: 'realtime:a', joinRef: '1', subscriptions });
    channel.authorise({ role: 'authenticated' }, new Map([['notes', new Map(readable)]]));
    return channel;
  };
  const change = {
    type: 'UPDATE',
    schema: 'public',
    table: 'notes',
    columns: [
      { name: 'id', type: 'int4' },
      { name: 'secret', type: 'text' },
    ],
    key: [{ name: 'id', typeName: 'int4' }],
    record: { id: 1, secret: 'hush' },
    committedAt: '2026-01-01T00:00:00.000Z',
  };
  const channel = listen('id=eq.1', [['id', 'int4']]);
  const ids = channel.idsFor(change);
  assert.equal(ids.length, 1);
  assert.doesNotMatch(JSON.stringify(channel.payload(change, ids)), /secret|hush/);
  assert.deepEqual(channel.payload(change, ids).data.old_record, { id: 1 });
  assert.throws(() => listen('secret=eq.hush', [['id', 'int4']]), Refused);
  assert.deepEqual(listen(undefined, [['id', 'int4']]).idsFor({ ...change, table: 'others' }), []);
});
