// npm run token -- --email ada@example.com [--role admin]: a user's access token, and nothing else on
// standard output, so that TOKEN=$(npm run -s token -- --email ada@example.com) works.

import { parseArgs } from 'node:util';
import { authDatabase } from '../backends/backend.mjs';
import { requireEmail } from '../backends/gateway/auth-api.mjs';
import { ACCESS_TOKEN_SECONDS, issueAccessToken } from '../backends/gateway/sessions.mjs';
import { Users } from '../backends/gateway/users.mjs';
import { commandLine } from '../processes/programs.mjs';
import { stackEnvironment } from '../settings/environment.mjs';
import { openStack } from '../settings/open-stack.mjs';

const USAGE = 'usage: npm run token -- --email ada@example.com [--role admin|user] [--ttl SECONDS]';
const ROLES = new Set(['admin', 'user']);
const LONGEST_LIFETIME_SECONDS = 7 * 24 * 60 * 60;

await commandLine(async () => {
  const { email, role, lifetimeSeconds } = parseOptions();
  const { layout, keys, ports, isRunning } = openStack();
  if (!isRunning) throw new Error(`The stack in ${layout.root} is not running. Start it with \`npm start\`.`);
  const user = await ensureUser(authDatabase(keys, ports), email, role);
  const { SUPABASE_URL: supabaseUrl } = stackEnvironment(keys, ports);
  const { token } = issueAccessToken(user, { signingKey: keys.signingKey, supabaseUrl, lifetimeSeconds });
  console.log(token);
});

function parseOptions() {
  const { values } = parseArgs({
    options: { email: { type: 'string' }, role: { type: 'string' }, ttl: { type: 'string' } },
  });
  if (values.email === undefined) throw new Error(USAGE);
  if (values.role !== undefined && !ROLES.has(values.role)) throw new Error(`--role is admin or user. ${USAGE}`);
  const lifetimeSeconds = Number(values.ttl ?? ACCESS_TOKEN_SECONDS);
  if (!Number.isInteger(lifetimeSeconds) || lifetimeSeconds < 1 || lifetimeSeconds > LONGEST_LIFETIME_SECONDS) {
    throw new Error(`--ttl is a number of seconds, at most ${LONGEST_LIFETIME_SECONDS}. ${USAGE}`);
  }
  return { email: requireEmail(values.email), role: values.role, lifetimeSeconds };
}

async function ensureUser(database, email, role) {
  const { default: pg } = await import('pg');
  const client = new pg.Client(database);
  await client.connect();
  try {
    const users = new Users(client);
    const user = await users.signIn(email);
    return role === undefined ? user : await users.setAdmin(user.id, role === 'admin');
  } finally {
    await client.end();
  }
}
