// What failed is noted, so that the end of a long run can say it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { FAILURES_FILE, failuresIn, REPORTERS } from '../../tools/stack/testing/failures.mjs';

const FILES = {
  'some.test.mjs': `
    import { test } from 'node:test';
    test('good', () => {});
    test('bad', () => { throw new Error('why it is bad'); });
    test('outer', async (t) => { await t.test('inner', () => { throw new Error('why the inner is'); }); });`,
  'broken.test.mjs': 'import "./missing.mjs";',
};

test('each failure is noted once, with its file and what it said', () => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-failures-')));
  for (const [name, text] of Object.entries(FILES)) fs.writeFileSync(path.join(folder, name), text);
  const file = path.join(folder, 'failures.jsonl');
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ['--test', ...REPORTERS, ...Object.keys(FILES)], {
    cwd: folder,
    env: { ...environment, [FAILURES_FILE]: file },
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stdout, /✔ good/);
  const failures = failuresIn(file).sort((a, b) => a.test.localeCompare(b.test));
  assert.deepEqual(
    failures.map((each) => [each.test, path.basename(each.file)]),
    [
      ['bad', 'some.test.mjs'],
      ['broken.test.mjs', 'broken.test.mjs'],
      ['inner', 'some.test.mjs'],
    ],
  );
  assert.match(failures[0].said, /why it is bad/);
  assert.match(failures[2].said, /why the inner is/);
  assert.deepEqual(failuresIn(path.join(folder, 'none')), []);
  fs.rmSync(folder, { recursive: true });
});
