// The ports of one local stack. Every port follows from one base (`PORT`), so two stacks with
// different bases run side by side.

import net from 'node:net';

export const HOST = '127.0.0.1';
export const DEFAULT_BASE_PORT = 8787;

/** What listens at `base + offset`. The keys are the names used all over the stack. */
export const SERVICES = Object.freeze({
  web: { offset: 0, title: 'the web page and the functions' },
  control: { offset: 1, title: 'the control port (cron)' },
  gateway: { offset: 2, title: 'the Supabase-like gateway' },
  postgres: { offset: 3, title: 'Postgres' },
  postgrest: { offset: 4, title: 'PostgREST' },
  postgrestAdmin: { offset: 5, title: "PostgREST's health endpoint" },
  redis: { offset: 6, title: 'Redis' },
  upstash: { offset: 7, title: 'the Upstash-compatible REST endpoint' },
  workerMetrics: { offset: 8, title: "the worker's metrics" },
});

// Below 1024 needs privileges; the highest offset must still be a valid port.
const LOWEST_BASE = 1024;
const HIGHEST_BASE = 65535 - Math.max(...Object.values(SERVICES).map(({ offset }) => offset));

/** Reads the base port from `PORT` and returns the port of each service. */
export function portsFromEnvironment(environment = process.env) {
  const text = (environment.PORT ?? '').trim();
  return portsFrom(text === '' ? DEFAULT_BASE_PORT : text);
}

/** The port of each service for a base port. */
export function portsFrom(base) {
  const number = Number(base);
  if (!Number.isInteger(number) || number < LOWEST_BASE || number > HIGHEST_BASE) {
    throw new Error(`PORT is "${base}", but it must be a whole number from ${LOWEST_BASE} to ${HIGHEST_BASE}.`);
  }
  const entries = Object.entries(SERVICES).map(([name, { offset }]) => [name, number + offset]);
  return Object.freeze(Object.fromEntries(entries));
}

/**
 * Fails when something else already listens on one of the ports of `names`.
 * The message names the port, who wanted it, and what to do.
 */
export async function assertPortsFree(ports, names = Object.keys(SERVICES)) {
  const taken = [];
  for (const name of names) {
    if (!(await isFree(ports[name]))) taken.push(name);
  }
  if (taken.length === 0) return;
  const lines = taken.map((name) => `  port ${ports[name]} is taken; ${SERVICES[name].title} wanted it`);
  throw new Error(
    [
      ...lines,
      `Stop what listens there (\`lsof -i :${ports[taken[0]]}\` or \`ss -ltnp\` names it), or choose other ports:`,
      `  PORT=${suggestBase(ports.web)} OURVIDZ_DIR=.ourvidz-2 npm start`,
    ].join('\n'),
  );
}

/** Whether something accepts TCP connections on a loopback port. */
export function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: HOST });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function isFree(port) {
  // Binding alone is not enough: a listener on all interfaces does not stop a loopback bind on macOS.
  return !(await accepts(port)) && (await canBind(port));
}

function canBind(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function suggestBase(base) {
  return base + 100 <= HIGHEST_BASE ? base + 100 : base - 100;
}
