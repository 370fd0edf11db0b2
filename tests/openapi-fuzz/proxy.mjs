// Stands between a tool that knows nothing of proofs and the edge: gives each request the proof that its operation
// asks for, signed over its very bytes, now and then puts what exists in the place of an invented id, and ends streams
// after their first words.

import http from 'node:http';
import { BASE } from '../journeys/client.mjs';

const WORKERS_PATHS = /^\/(functions\/v1|api)\/(claim-job|job-callback)\/?(\?|$)/;
const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const NAMED = new RegExp(`^(/api/(?:(jobs|assets|projects)/))${ID}(?=[/?]|$)`, 'i');
// What waits for jobs, which nobody works on here.
const WAITING = '/v1/images/';
// What is deleted here is all that the other requests are about.
const EVERYTHING = '/api/me/data';
// Of the connection, not of the request.
const HOP_BY_HOP = ['connection', 'host', 'content-length', 'transfer-encoding', 'keep-alive'];

/** Starts it in front of `world`, as `world.mjs` makes one; resolves to its address, what went through, and its end. */
export async function startProxy({ user, leaver, worker, ids, claims }) {
  const seen = [];
  const server = http.createServer((request, reply) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => forward(request, Buffer.concat(chunks), reply));
  });

  function forward(request, sent, reply) {
    const substitute = seen.length % 2 === 0;
    const url = substitute ? request.url.replace(NAMED, (_, before, kind) => before + ids[kind]) : request.url;
    const body = substitute && WORKERS_PATHS.test(url) ? namingAClaim(sent, claims[seen.length % claims.length]) : sent;
    const place = seen.push({ method: request.method, url: url.split('?')[0] }) - 1;
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
    const proof = WORKERS_PATHS.test(url)
      ? worker.headers(body)
      : {
          authorization: `Bearer ${(url.startsWith(EVERYTHING) ? leaver : user).token}`,
          'x-admin-secret': process.env.ADMIN_SECRET,
        };
    const wait = url.startsWith(WAITING) ? { prefer: 'wait=1' } : {};
    const onward = http.request(
      BASE + url,
      { method: request.method, headers: { ...headers, ...wait, ...proof, 'content-length': body.length } },
      (answer) => {
        seen[place].status = answer.statusCode;
        reply.writeHead(
          answer.statusCode,
          Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.includes(name))),
        );
        if (!answer.headers['content-type']?.startsWith('text/event-stream')) {
          answer.pipe(reply);
          return;
        }
        answer.once('data', (first) => {
          reply.end(first);
          onward.destroy();
        });
      },
    );
    onward.once('error', () => reply.destroy());
    onward.end(body);
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    seen,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** The body with a job that this worker holds, if it names any. */
function namingAClaim(body, { job_id: job, attempt, leaseId }) {
  try {
    const fields = JSON.parse(body);
    const named = typeof fields?.job_id === 'string' && new RegExp(`^${ID}$`, 'i').test(fields.job_id);
    return named
      ? Buffer.from(JSON.stringify({ ...fields, job_id: job, attempt, leaseId, jobId: undefined, lease_id: undefined }))
      : body;
  } catch {
    return body;
  }
}
