import assert from 'node:assert/strict';
import test from 'node:test';
import {
  encodeCommand,
  encodeReply,
  RedisError,
  ReplyReader,
  Status,
} from '../../tools/stack/backends/upstash/resp.mjs';

const EVERY_KIND = '+OK\r\n-ERR no\r\n:-42\r\n$5\r\na\r\nbc\r\n$-1\r\n*-1\r\n*3\r\n$1\r\nx\r\n*1\r\n:7\r\n$0\r\n\r\n';

function read(...chunks) {
  const reader = new ReplyReader();
  return chunks.flatMap((chunk) => reader.push(Buffer.from(chunk)));
}

function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Status) return { status: value.text };
  if (value instanceof RedisError) return { error: value.message };
  return Buffer.isBuffer(value) ? value.toString() : value;
}

const EXPECTED = [{ status: 'OK' }, { error: 'ERR no' }, -42, 'a\r\nbc', null, null, ['x', [7], '']];

test('every kind of reply is read', () => {
  assert.deepEqual(read(EVERY_KIND).map(plain), EXPECTED);
});

test('replies are the same wherever the network cuts them', () => {
  for (let cut = 1; cut < EVERY_KIND.length; cut += 1) {
    assert.deepEqual(read(EVERY_KIND.slice(0, cut), EVERY_KIND.slice(cut)).map(plain), EXPECTED, `cut at ${cut}`);
  }
  assert.deepEqual(read(...EVERY_KIND).map(plain), EXPECTED, 'one byte at a time');
});

test('a long text that arrives in many pieces is read once it is complete', () => {
  const text = Buffer.alloc(3_000_000, 'abc');
  const bytes = Buffer.concat([encodeReply(text), Buffer.from(':1\r\n')]);
  const reader = new ReplyReader();
  const replies = [];
  for (let offset = 0; offset < bytes.length; offset += 65_536) {
    replies.push(...reader.push(bytes.subarray(offset, offset + 65_536)));
  }
  assert.equal(replies.length, 2);
  assert.ok(replies[0].equals(text));
  assert.equal(replies[1], 1);
});

test('what is no reply of Redis is refused', () => {
  assert.throws(() => read('HTTP/1.1 200 OK\r\n'), /no RESP2 reply/);
  assert.throws(() => read('*1\r\n'.repeat(100)), /too deeply/);
});

test('encoding a reply is the inverse of reading it', () => {
  const replies = read(EVERY_KIND.replace('*-1\r\n', ''));
  assert.equal(Buffer.concat(replies.map(encodeReply)).toString(), EVERY_KIND.replace('*-1\r\n', ''));
});

test('a command is an array of texts, measured in bytes', () => {
  assert.equal(
    encodeCommand(['SET', 'ü', 12, { a: null }]).toString(),
    '*4\r\n$3\r\nSET\r\n$2\r\nü\r\n$2\r\n12\r\n$10\r\n{"a":null}\r\n',
  );
  assert.ok(encodeCommand([Buffer.from([0xff])]).equals(Buffer.from('*1\r\n$1\r\n\xff\r\n', 'latin1')));
});
