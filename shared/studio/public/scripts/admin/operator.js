// What an operator may ask and do, with the session of the studio.

import { noAnswer, Problem } from '../net/problem.js';

/** `read()` gives how things stand, `metrics` as text; everything else acts, with a reason that is kept. */
export function operatorOf(session) {
  const send = async (method, path, body) => {
    const headers = { authorization: `Bearer ${await session.token()}` };
    if (body) headers['content-type'] = 'application/json';
    try {
      return await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: 'no-store' });
    } catch {
      throw noAnswer();
    }
  };
  const refusal = (response, answer) => new Problem({ ...answer, message: answer.error, status: response.status });
  const ask = async (method, path, body) => {
    const response = await send(method, path, body);
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    throw refusal(response, answer);
  };
  const askText = async (path) => {
    const response = await send('GET', path);
    if (response.ok) return response.text();
    throw refusal(response, await response.json().catch(() => ({})));
  };
  const act = (action) => (target, reason) =>
    ask('POST', `/api/admin/${action}`, { ...target, ...(reason && { reason }) });

  return {
    async read() {
      const [status, workers, failed, strikes, metrics] = await Promise.all([
        ask('GET', '/api/queue-status'),
        ask('GET', '/api/admin/workers'),
        ask('GET', '/api/admin/jobs?limit=20'),
        ask('GET', '/api/admin/strikes'),
        askText('/api/metrics'),
      ]);
      return {
        queues: status.queues,
        workers: workers.workers,
        failed: failed.items,
        refused: strikes.users,
        metrics,
      };
    },
    pause: act('pause'),
    resume: act('resume'),
    revoke: act('revoke'),
    purge: act('purge'),
    redrive: act('redrive'),
    redeliver: act('redeliver'),
    history: (hours) => ask('GET', `/api/admin/history?hours=${hours}`),
    deliveries: ({ status, cursor }) =>
      ask(
        'GET',
        `/api/admin/deliveries?${new URLSearchParams({ limit: 10, ...(status && { status }), ...(cursor && { cursor }) })}`,
      ),
    grant: (target, reason) => ask('POST', '/api/admin/credits', { ...target, reason }),
  };
}
