// npm run keys: fresh secrets for a deployment, as KEY=value lines; where each one goes is told on standard error.
//   --worker NAME        enrols a worker instead: its name and its own key; NAME,NAME those of a machine with two
//                        devices. Keys follow from WORKER_CALLBACK_SECRET, of the environment or, with
//   --settings FILE      of a deployment's settings file
//   --signing-key FILE   signs EDGE_DB_JWT with the project's ES256 key, as `supabase gen signing-key` writes it
//   --days N             how long EDGE_DB_JWT counts
// Without a signing key, the project's legacy secret is taken from SUPABASE_JWT_SECRET.

import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { commandLine } from '../processes/programs.mjs';
import { formatEnvironment } from '../settings/environment.mjs';
import { createEdgeDbJwt, createEdgeSecrets, createJwtSecret, parseSigningKey, workerKey } from '../settings/keys.mjs';
import { readSettings } from '../settings/settings-file.mjs';

// HS256 with less can be guessed offline; newer PostgREST refuses to start with it.
const SHORTEST_SECRET = 32;
// A signing key stays with the operator and signs another token whenever one is wanted, so this one ends by itself: soon
// enough that a copy is worth little, seldom enough that nobody has to think of it each week. Metrics tell when.
const DAYS_BY_SIGNING_KEY = 90;
// A legacy secret signs everything for as long as it lives; a token that ended sooner would protect nothing.
const DAYS_BY_SECRET = 3650;

// As the worker reads it (shared/gpu-worker/src/config): the name becomes part of a Redis key and of log lines.
const WORKER_NAME = /^[A-Za-z0-9._-]{1,64}$/;

const GUIDE = `
These secrets exist only on your screen. Keep them in a password manager, not in a file of the repository.

  EDGE_DB_JWT             functions: how they act on the database (role ourvidz_edge, nothing more)
  WORKER_CALLBACK_SECRET  functions only: each GPU worker's own key follows from it
  CALLBACK_TOKEN_SECRET   functions only: signs the token of each attempt
  ADMIN_SECRET            functions and your scripts: the admin API without a user

Put them into your settings file and deploy: npm run deploy gives each function those that it uses.
Each worker gets a name and a key of its own: npm run keys -- --worker NAME --settings FILE.
To change a callback secret without stopping workers, put the old value into
WORKER_CALLBACK_SECRET_PREVIOUS or CALLBACK_TOKEN_SECRET_PREVIOUS until the last job of before is done.`;

const WORKER_GUIDE = `
Put both into this worker's environment; it needs no other secret. The key counts for this name alone, until
POST /api/admin/revoke {"worker_id": ...} makes it worthless for good. The machine enrols again under another name.`;

await commandLine(() => {
  const { values: flags } = parseArgs({
    options: {
      worker: { type: 'string' },
      settings: { type: 'string' },
      'signing-key': { type: 'string' },
      days: { type: 'string' },
    },
  });
  if (flags.worker === undefined) printSecrets(flags);
  else printWorker(flags);
});

function printWorker({ worker, settings: file }) {
  const names = worker.split(',');
  if (!names.every((name) => WORKER_NAME.test(name)))
    throw new Error('--worker has to be 1 to 64 letters, digits, ".", "_" or "-", several with a comma between them.');
  const { WORKER_CALLBACK_SECRET: secret } = file ? readSettings(file) : process.env;
  if (!secret?.startsWith('whsec_'))
    throw new Error('Name the settings file of the deployment (--settings), or set WORKER_CALLBACK_SECRET.');
  process.stdout.write(
    formatEnvironment({ WORKER_ID: worker, WORKER_KEY: names.map((name) => workerKey(secret, name)).join() }),
  );
  console.error(WORKER_GUIDE);
}

function printSecrets(flags) {
  const { signer, note, printed = {} } = flags['signing-key'] ? ofFile(flags['signing-key']) : ofSecret();
  const days = daysOf(flags.days ?? (signer.signingKey ? DAYS_BY_SIGNING_KEY : DAYS_BY_SECRET));
  const { workerCallbackSecret, callbackTokenSecret, adminSecret } = createEdgeSecrets();
  process.stdout.write(
    formatEnvironment({
      ...printed,
      EDGE_DB_JWT: createEdgeDbJwt(signer, days),
      WORKER_CALLBACK_SECRET: workerCallbackSecret,
      CALLBACK_TOKEN_SECRET: callbackTokenSecret,
      ADMIN_SECRET: adminSecret,
    }),
  );
  console.error(`\n${note} It counts for ${days} days.`);
  console.error(GUIDE);
}

function ofFile(file) {
  return {
    signer: { signingKey: parseSigningKey(fs.readFileSync(file, 'utf8')) },
    note: 'EDGE_DB_JWT is signed with the given signing key.',
  };
}

function ofSecret() {
  const given = process.env.SUPABASE_JWT_SECRET;
  if (given && given.length < SHORTEST_SECRET)
    throw new Error(`SUPABASE_JWT_SECRET has ${given.length} characters; at least ${SHORTEST_SECRET} are needed.`);
  if (given) {
    return {
      signer: { jwtSecret: given },
      note: 'EDGE_DB_JWT is signed with the SUPABASE_JWT_SECRET of your environment.',
    };
  }
  const jwtSecret = createJwtSecret();
  return {
    signer: { jwtSecret },
    printed: { SUPABASE_JWT_SECRET: jwtSecret },
    note: `SUPABASE_JWT_SECRET was not set, so a new one was made: give it to your own PostgREST and to the functions.
With a Supabase project, sign with the project's key instead:
  npx supabase gen signing-key --algorithm ES256 > signing_key.json     # imported under Project settings, JWT keys
  npm run keys -- --signing-key signing_key.json
EDGE_DB_JWT is signed with that secret.`,
  };
}

function daysOf(text) {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > DAYS_BY_SECRET)
    throw new Error(`--days has to be a whole number from 1 to ${DAYS_BY_SECRET}.`);
  return days;
}
