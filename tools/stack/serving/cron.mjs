// What Cloudflare's scheduler does for the deployed functions: fires each cron trigger when its
// minute comes. The control port fires one at once, for tests and for the curious.

import http from 'node:http';
import { HOST } from '../settings/ports.mjs';

const MINUTE_MS = 60_000;
// The only schedule that the dev server knows; anything else in wrangler.toml is an error, not a surprise.
const EVERY_MINUTE = '* * * * *';

/** Calls `fire(name, cron, time)` at the beginning of each minute for every trigger, for as long as this process runs. */
export function startCron(functions, fire) {
  const triggers = functions.flatMap(({ name, crons }) => crons.map((cron) => ({ name, cron })));
  const unknown = triggers.find(({ cron }) => cron !== EVERY_MINUTE);
  if (unknown) throw new Error(`The dev server can't keep the schedule "${unknown.cron}" of ${unknown.name}.`);
  const plan = () => {
    const next = nextMinute(Date.now());
    setTimeout(() => {
      for (const { name, cron } of triggers) fire(name, cron, new Date(next));
      plan();
    }, next - Date.now());
  };
  plan();
}

/** The first full minute after a time in milliseconds. */
export function nextMinute(now) {
  return (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
}

/**
 * `POST /<function>?cron=...` fires that function's scheduled handler and answers with its outcome
 * when it is over. Resolves to the server when it listens.
 */
export function startControl(port, functions, fire) {
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://control');
    const called = functions.find(({ name, crons }) => crons.length > 0 && url.pathname === `/${name}`);
    if (!called) return answer(response, 404, { error: 'POST /<function with a cron trigger>?cron=...' });
    if (request.method !== 'POST') return answer(response, 405, { error: 'only POST' });
    try {
      answer(response, 200, await fire(called.name, url.searchParams.get('cron') ?? called.crons[0], new Date()));
    } catch (error) {
      answer(response, 500, { error: String(error?.message ?? error) });
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => resolve(server));
  });
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
