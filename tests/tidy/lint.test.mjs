// Our crates are linted by the compiler of their tests.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { lintingCargo } from '../../tools/stack/testing/rust-tests.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-lint-'));
after(() => fs.rmSync(folder, { recursive: true }));

fs.writeFileSync(
  path.join(folder, 'Cargo.toml'),
  '[package]\nname = "linted"\nedition = "2024"\n[workspace]\n[lints.clippy]\nunwrap_used = "warn"\n',
);

/** Compiles the tests of a crate with this in it. */
async function compile(code) {
  fs.mkdirSync(path.join(folder, 'src'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'src', 'lib.rs'), code);
  await lintingCargo(['test', '--no-run', '--offline'], {}, { cwd: folder, log: path.join(folder, 'log') });
}

const said = () => fs.readFileSync(path.join(folder, 'log'), 'utf8');

test('what clippy warns of does not compile, in what is shipped and in tests', async () => {
  await compile('/// The first.\npub fn first(of: &[u8]) -> Option<u8> {\n    of.first().copied()\n}\n');
  await assert.rejects(
    compile('/// The first.\npub fn first(of: &[u8]) -> u8 {\n    of.first().copied().unwrap()\n}\n'),
  );
  assert.match(said(), /error: used `unwrap\(\)`/);
  await assert.rejects(
    compile('#[cfg(test)]\nmod tests {\n    #[test]\n    fn it_is() {\n        assert_eq!(true, 1 == 1);\n    }\n}\n'),
  );
  assert.match(said(), /error: .*bool/);
});
