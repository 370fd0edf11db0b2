// What an operator may ask and do, with the session of the studio.

import { noAnswer, Problem } from '../net/problem.js';

/** `read()` gives how things stand; everything else acts, with a reason that is kept. */
export function operatorOf(session) {
  const ask = async (method, path, body) => {
    const headers = { authorization: `Bearer ${await session.token()}` };
    if (body) headers['content-type'] = 'application/json';
    let response;
    try {
      response = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: 'no-store' });
    } catch {
      throw noAnswer();
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    throw new Problem({ ...answer, message: answer.error, status: response.status });
  };
  const act = (action) => (target, reason) =>
    ask('POST', `/api/admin/${action}`, { ...target, ...(reason && { reason }) });

  return {
    async read() {
      const [status, workers, failed] = await Promise.all([
        ask('GET', '/api/queue-status'),
        ask('GET', '/api/admin/workers'),
        ask('GET', '/api/admin/jobs?limit=20'),
      ]);
      return { queues: status.queues, workers: workers.workers, failed: failed.items };
    },
    pause: act('pause'),
    resume: act('resume'),
    purge: act('purge'),
    redrive: act('redrive'),
    grant: (target, reason) => ask('POST', '/api/admin/credits', { ...target, reason }),
  };
}
