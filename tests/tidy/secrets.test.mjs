// Each function is given the secrets that its code uses, and no others.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFunctions } from '../../tools/stack/build/functions.mjs';
import { settingsFor } from '../../tools/stack/build/secrets.mjs';
import { knownSettings } from '../../tools/stack/settings/settings-file.mjs';
import { list, publishedFiles, read } from './support.mjs';

// What code writes that needs a secret, and which. The accessors of `shared/edge` are the only ways to one: the next
// test but one holds that.
const USES = [
  [/\bcaller::(?:user|admin)\(/, ['SUPABASE_JWT_SECRET']],
  [/\bcaller::admin\(/, ['ADMIN_SECRET']],
  [/\.edge_rpc\(|\border::\w+\(/, ['EDGE_DB_JWT']],
  [/\.queues\(\)|\border::placed?\(|\bstep_previews::\w+\(/, ['UPSTASH_REDIS_REST_TOKEN']],
  [/\.storage\(|\border::plan\(/, ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY']],
  [/\bworker_identity::(?:signed|of_callback)\(/, ['WORKER_CALLBACK_SECRET', 'WORKER_CALLBACK_SECRET_PREVIOUS']],
  [/\border::placed?\(|\bsnapshot::seal\(|\btoken_secrets\b/, ['CALLBACK_TOKEN_SECRET']],
  [/\bof_callback\(|\bsnapshot::open\(/, ['CALLBACK_TOKEN_SECRET', 'CALLBACK_TOKEN_SECRET_PREVIOUS']],
  [/\bchat_worker_key\b/, ['CHAT_WORKER_KEY']],
  [/\bwan_worker_key\b/, ['WAN_WORKER_KEY']],
];

// Where the accessors are: nobody else touches the fields of the settings that hold secrets.
const SECRET_FIELD =
  /\bsettings\s*\.\s*(?:supabase_jwt_secret|edge_db_jwt|redis_token|storage|worker_secrets|admin_secret)\b/;
const ACCESSORS = ['backends.rs', 'caller.rs', 'settings.rs', 'worker_identity.rs'].map(
  (file) => `shared/edge/src/${file}`,
);

const functions = readFunctions();

/** A function's own code, without comments and tests. */
function code(name) {
  const files = publishedFiles().filter((file) => file.startsWith(`functions/${name}/src/`) && file.endsWith('.rs'));
  const own = files.filter((file) => !/\/tests(?:\.rs|\/)/.test(file));
  assert.ok(own.length > 1, name);
  return own
    .map(
      (file) =>
        read(file)
          .replace(/\/\/.*$/gm, '')
          .split('#[cfg(test)]\nmod tests {')[0],
    )
    .join('\n');
}

for (const { name, secrets } of functions) {
  test(`${name} is given what its code uses`, () => {
    const text = code(name);
    const used = USES.flatMap(([pattern, needed]) => (pattern.test(text) ? needed : []));
    assert.deepEqual([...secrets].sort(), [...new Set(used)].sort());
  });
}

test('secrets are reached by the accessors alone', () => {
  const sources = publishedFiles().filter((file) =>
    /^(functions|shared\/(edge|runtime))\/.*\/src\/.*\.rs$|^shared\/(edge|runtime)\/src\/.*\.rs$/.test(file),
  );
  const direct = sources.filter((file) => !/\/tests?(?:ing)?(?:\.rs|\/)/.test(file) && SECRET_FIELD.test(read(file)));
  assert.deepEqual(direct.sort(), ACCESSORS);
});

test('a secret is a setting', () => {
  const { required, optional } = knownSettings();
  const all = [...new Set(functions.flatMap(({ secrets }) => secrets))];
  assert.deepEqual(
    all.filter((name) => !required.includes(name) && !optional.includes(name)),
    [],
  );
});

test('what is handed to a function lacks the secrets of the others', () => {
  const settings = Object.fromEntries(
    [...functions.flatMap(({ secrets }) => secrets), 'SUPABASE_URL'].map((name) => [name, name]),
  );
  for (const each of functions) {
    assert.deepEqual(
      Object.keys(settingsFor(each, functions, settings)).sort(),
      ['SUPABASE_URL', ...each.secrets].sort(),
    );
  }
  assert.deepEqual(functions.map(({ name }) => name).sort(), list('functions'));
});
