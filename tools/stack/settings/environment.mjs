// The environment variables of one local stack: what the functions, the worker, the tests and a
// person with curl need to talk to it.

import { HOST } from './ports.mjs';

export const DATABASE_NAME = 'ourvidz';

/** Settings without secrets; a variable of the same name in the caller's environment wins. */
const DEFAULT_SETTINGS = Object.freeze({
  ALLOWED_ORIGINS: '*',
  STARTING_CREDITS: '1000',
  CALLBACK_AUTH: 'signed',
  ASSET_CHECK: 'on',
  ADMIN_MOCK_IMAGES: 'on',
  DEBUG_RESPONSES: 'off',
  DEFAULT_NUM_IMAGES: '1',
  // Tests are one user who asks for hundreds.
  REQUESTS_PER_MINUTE: '1000000',
  LOCAL_WEBHOOKS: 'on',
  SECURITY_CONTACT: 'mailto:operator@localhost',
});

/** Handed on only where the caller has set them: a local stack has no language model or policy terms of its own, and no secrets of before. */
const OPTIONAL_SETTINGS = Object.freeze([
  'WORKER_CALLBACK_SECRET_PREVIOUS',
  'CALLBACK_TOKEN_SECRET_PREVIOUS',
  'CHAT_WORKER_URL',
  'CHAT_WORKER_KEY',
  'CHAT_WORKER_MODEL',
  'WAN_WORKER_URL',
  'WAN_WORKER_KEY',
  'POLICY_EXTRA_TERMS',
]);

/**
 * All variables of the stack with these keys and ports, as one flat object. `SUPABASE_KEYS=legacy` has them name the
 * keys of a project that has not moved to publishable and secret ones; the backend takes both at any time.
 */
export function stackEnvironment(keys, ports, callerEnvironment = process.env) {
  const web = `http://${HOST}:${ports.web}`;
  const isLegacy = hasLegacyKeys(callerEnvironment);
  return {
    SUPABASE_URL: `http://${HOST}:${ports.gateway}`,
    SUPABASE_ANON_KEY: isLegacy ? keys.legacy.anonKey : keys.publishableKey,
    SUPABASE_SERVICE_ROLE_KEY: isLegacy ? keys.legacy.serviceRoleKey : keys.secretKey,
    SUPABASE_JWT_SECRET: keys.jwtSecret,
    EDGE_DB_JWT: isLegacy ? keys.legacy.edgeDbJwt : keys.edgeDbJwt,
    DATABASE_URL: databaseUrl('postgres', keys.databasePasswords.postgres, ports),
    REDIS_URL: `redis://${HOST}:${ports.redis}`,
    UPSTASH_REDIS_REST_URL: `http://${HOST}:${ports.upstash}`,
    UPSTASH_REDIS_REST_TOKEN: keys.upstashToken,
    WORKER_CALLBACK_SECRET: keys.workerCallbackSecret,
    CALLBACK_TOKEN_SECRET: keys.callbackTokenSecret,
    ADMIN_SECRET: keys.adminSecret,
    PUBLIC_BASE_URL: web,
    S3_ENDPOINT: `${web}/cdn-cgi/local/r2/s3`,
    S3_REGION: 'auto',
    S3_ACCESS_KEY_ID: keys.s3AccessKeyId,
    S3_SECRET_ACCESS_KEY: keys.s3SecretAccessKey,
    S3_BUCKET_LAYOUT: 'buckets',
    ...overridden(DEFAULT_SETTINGS, callerEnvironment),
    ...present(OPTIONAL_SETTINGS, callerEnvironment),
  };
}

/** How a role of the local database is reached. */
export function databaseUrl(role, password, ports, database = DATABASE_NAME) {
  return `postgresql://${role}:${password}@${HOST}:${ports.postgres}/${database}`;
}

/** `KEY=value` lines. No value of a stack contains a space, a quote or a line break. */
export function formatEnvironment(variables) {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function hasLegacyKeys(environment) {
  return environment.SUPABASE_KEYS === 'legacy';
}

function overridden(settings, environment) {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, environment[name] || value]));
}

function present(names, environment) {
  return Object.fromEntries(names.filter((name) => environment[name]).map((name) => [name, environment[name]]));
}
