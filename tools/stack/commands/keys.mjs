// npm run keys: fresh secrets for a deployment, as KEY=value lines; where each one goes is told on
// standard error. The signing secret of an existing project is taken from SUPABASE_JWT_SECRET.

import { commandLine } from '../processes/programs.mjs';
import { formatEnvironment } from '../settings/environment.mjs';
import { createEdgeDbJwt, createEdgeSecrets, createJwtSecret } from '../settings/keys.mjs';

// HS256 with less can be guessed offline; newer PostgREST refuses to start with it.
const SHORTEST_SECRET = 32;

const GUIDE = `
These secrets exist only on your screen. Keep them in a password manager, not in a file of the repository.

  EDGE_DB_JWT             functions: how they act on the database (role ourvidz_edge, nothing more)
  WORKER_CALLBACK_SECRET  functions and GPU workers: signs the workers' reports
  CALLBACK_TOKEN_SECRET   functions only: signs the token of each attempt
  ADMIN_SECRET            functions and your scripts: the admin API without a user

For each function:  npx wrangler secret put EDGE_DB_JWT -e queue-job   (and so on, see the README)
To change a callback secret without stopping workers, put the old value into
WORKER_CALLBACK_SECRET_PREVIOUS or CALLBACK_TOKEN_SECRET_PREVIOUS until the last job of before is done.`;

await commandLine(() => {
  const given = process.env.SUPABASE_JWT_SECRET;
  if (given && given.length < SHORTEST_SECRET)
    throw new Error(`SUPABASE_JWT_SECRET has ${given.length} characters; at least ${SHORTEST_SECRET} are needed.`);
  const jwtSecret = given || createJwtSecret();
  const { workerCallbackSecret, callbackTokenSecret, adminSecret } = createEdgeSecrets();
  process.stdout.write(
    formatEnvironment({
      ...(given ? {} : { SUPABASE_JWT_SECRET: jwtSecret }),
      EDGE_DB_JWT: createEdgeDbJwt(jwtSecret),
      WORKER_CALLBACK_SECRET: workerCallbackSecret,
      CALLBACK_TOKEN_SECRET: callbackTokenSecret,
      ADMIN_SECRET: adminSecret,
    }),
  );
  console.error(signingSecretNote(given));
  console.error(GUIDE);
});

function signingSecretNote(given) {
  if (given) return '\nEDGE_DB_JWT is signed with the SUPABASE_JWT_SECRET of your environment.';
  return `
SUPABASE_JWT_SECRET was not set, so a new one was made: give it to your own PostgREST and to the functions.
With a Supabase project, take the project's secret instead (Project settings, JWT keys, legacy secret):
  SUPABASE_JWT_SECRET=... npm run keys`;
}
