// What the measurements share: people and workers without a sign-in, times, and the numbers that are made of them.

import { createHmac, randomUUID } from 'node:crypto';
import os from 'node:os';

export const BASE = process.env.PUBLIC_BASE_URL;

/** A stack by its variables: its people, and how it is asked. */
export function service(env) {
  return {
    /** A user of this stack, with a token that is signed here: signing in is not what is measured. */
    person(id = randomUUID()) {
      const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const now = Math.floor(Date.now() / 1000);
      const claims = { sub: id, aud: 'authenticated', role: 'authenticated', iat: now, exp: now + 7200 };
      const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
      const token = `${input}.${createHmac('sha256', env.SUPABASE_JWT_SECRET).update(input).digest('base64url')}`;
      return { id, token, headers: { authorization: `Bearer ${token}` } };
    },

    /** A request; resolves to its body. Anything but success ends the measurement. */
    async ask(method, path, { headers, body } = {}) {
      const answer = await fetch(env.PUBLIC_BASE_URL + path, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
      return answer.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text;
    },
  };
}

export const { person, ask } = service(process.env);

/** A function of the database as the edge calls it, through PostgREST. */
export async function rpc(name, parameters, token = process.env.EDGE_DB_JWT) {
  const answer = await fetch(`${process.env.SUPABASE_URL}/rest/v1/rpc/${name}`, {
    method: 'POST',
    headers: {
      apikey: process.env.SUPABASE_ANON_KEY,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(parameters),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${text.slice(0, 300)}`);
  return text === '' ? null : JSON.parse(text);
}

/** A command of Redis over the REST endpoint. */
export async function redis(...command) {
  const answer = await fetch(process.env.UPSTASH_REDIS_REST_URL, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(command),
  });
  return (await answer.json()).result;
}

/** Milliseconds that something takes, `times` times one after the other, after some that do not count. */
export async function timed(times, work, warmUp = 20) {
  const taken = [];
  for (let count = -warmUp; count < times; count += 1) {
    const begin = performance.now();
    await work(count);
    if (count >= 0) taken.push(performance.now() - begin);
  }
  return taken;
}

/** p50 and p95, rounded to what a clock can tell. */
export function summary(milliseconds) {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] * 100) / 100;
  return { p50: at(0.5), p95: at(0.95), samples: sorted.length };
}

/** What else the machine was doing: a number without it means little. */
export function surroundings() {
  return { cores: os.cpus().length, load: Math.round(os.loadavg()[0] * 10) / 10 };
}

export const ratio = (a, b) => Math.round((a / b) * 100) / 100;
