// npm run keys: fresh secrets for a deployment, as KEY=value lines; where each one goes is told on standard error.
//   --signing-key FILE   signs EDGE_DB_JWT with the project's ES256 key, as `supabase gen signing-key` writes it
//   --days N             how long EDGE_DB_JWT counts
// Without a signing key, the project's legacy secret is taken from SUPABASE_JWT_SECRET.

import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { commandLine } from '../processes/programs.mjs';
import { formatEnvironment } from '../settings/environment.mjs';
import { createEdgeDbJwt, createEdgeSecrets, createJwtSecret, parseSigningKey } from '../settings/keys.mjs';

// HS256 with less can be guessed offline; newer PostgREST refuses to start with it.
const SHORTEST_SECRET = 32;
// A signing key stays with the operator and signs another token whenever one is wanted, so this one ends by itself: soon
// enough that a copy is worth little, seldom enough that nobody has to think of it each week. Metrics tell when.
const DAYS_BY_SIGNING_KEY = 90;
// A legacy secret signs everything for as long as it lives; a token that ended sooner would protect nothing.
const DAYS_BY_SECRET = 3650;

const GUIDE = `
These secrets exist only on your screen. Keep them in a password manager, not in a file of the repository.

  EDGE_DB_JWT             functions: how they act on the database (role ourvidz_edge, nothing more)
  WORKER_CALLBACK_SECRET  functions and GPU workers: signs the workers' reports
  CALLBACK_TOKEN_SECRET   functions only: signs the token of each attempt
  ADMIN_SECRET            functions and your scripts: the admin API without a user

Put them into your settings file and deploy: npm run deploy gives each function those that it uses.
To change a callback secret without stopping workers, put the old value into
WORKER_CALLBACK_SECRET_PREVIOUS or CALLBACK_TOKEN_SECRET_PREVIOUS until the last job of before is done.`;

await commandLine(() => {
  const { values: flags } = parseArgs({ options: { 'signing-key': { type: 'string' }, days: { type: 'string' } } });
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
});

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
