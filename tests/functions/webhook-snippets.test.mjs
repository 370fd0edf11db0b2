// The receivers of docs/WEBHOOKS.md, as they stand there, against messages that another implementation signed.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';

const DOCUMENT = path.resolve(import.meta.dirname, '../../docs/WEBHOOKS.md');
const BODY = JSON.stringify({ type: 'job.completed', data: { id: randomUUID(), title: 'Füchse — 狐' } });
const SECRET = freshSecret();
const OTHER = freshSecret();

let folder;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-snippets-'));
  fs.writeFileSync(path.join(folder, 'receiver.mjs'), snippet('js'));
  fs.writeFileSync(path.join(folder, 'receiver.py'), snippet('python'));
});
after(() => fs.rmSync(folder, { recursive: true }));

function freshSecret() {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** The one block of that language. */
function snippet(language) {
  const blocks = [
    ...fs.readFileSync(DOCUMENT, 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm')),
  ];
  assert.equal(blocks.length, 1, language);
  return blocks[0][1];
}

function signed({ secret = SECRET, body = BODY, ageSeconds = 0, id = 'msg_1' } = {}) {
  const at = new Date(Date.now() - ageSeconds * 1000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}

const good = signed();
const both = {
  ...good,
  'webhook-signature': `v1a,AAAA ${signed({ secret: OTHER })['webhook-signature']} ${good['webhook-signature']}`,
};

const CASES = [
  ['a message', good, BODY, true],
  ['one with several signatures', both, BODY, true],
  ['one from four minutes ago', signed({ ageSeconds: 240 }), BODY, true],
  ['one from ten minutes ago', signed({ ageSeconds: 600 }), BODY, false],
  ['one from the future', signed({ ageSeconds: -600 }), BODY, false],
  ['another body', good, BODY.replace('completed', 'failed'), false],
  ['another id', { ...good, 'webhook-id': 'msg_2' }, BODY, false],
  ['another secret', signed({ secret: OTHER }), BODY, false],
  ['another time', { ...good, 'webhook-timestamp': String(Number(good['webhook-timestamp']) - 1) }, BODY, false],
  ['no time', { ...good, 'webhook-timestamp': 'now' }, BODY, false],
  ['another version', { ...good, 'webhook-signature': good['webhook-signature'].replace('v1,', 'v2,') }, BODY, false],
  ['half a signature', { ...good, 'webhook-signature': good['webhook-signature'].slice(0, 20) }, BODY, false],
  ['no signature', { ...good, 'webhook-signature': '' }, BODY, false],
  ['no headers', {}, BODY, false],
];

test('Node believes what is signed, and nothing else', async () => {
  const { verified } = await import(path.join(folder, 'receiver.mjs'));
  for (const [name, headers, body, isGood] of CASES) {
    if (isGood) assert.deepEqual(verified(SECRET, headers, body), JSON.parse(body), name);
    else assert.throws(() => verified(SECRET, headers, body), /^Error: webhook:/, name);
  }
});

test('Python believes what is signed, and nothing else', () => {
  const program = [
    'import json, sys',
    'from receiver import verified',
    'answers = []',
    'for secret, headers, body in json.load(sys.stdin):',
    '  try: answers.append(verified(secret, headers, body.encode()))',
    '  except ValueError as error: answers.append(str(error))',
    'print(json.dumps(answers))',
  ].join('\n');
  const input = JSON.stringify(CASES.map(([, headers, body]) => [SECRET, headers, body]));
  const result = spawnSync('python3', ['-c', program], { cwd: folder, input, encoding: 'utf8' });
  assert.equal(result.status, 0, result.stderr);
  JSON.parse(result.stdout).forEach((answer, index) => {
    const [name, , body, isGood] = CASES[index];
    if (isGood) assert.deepEqual(answer, JSON.parse(body), name);
    else assert.match(answer, /^webhook:/, name);
  });
});
