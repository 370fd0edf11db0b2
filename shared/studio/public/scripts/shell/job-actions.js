// Ordering, calling off, ordering again.

import { toast } from '../base/announce.js';
import { jobBeingSent, jobFromSubmit, orderOf } from '../state/job.js';
import { attempt } from './attempt.js';

/** `order(body)` rejects with a `Problem`; `cancel(job)` and `retry(job)` say it themselves. */
export function jobActions({ client, jobs, account }) {
  // A card is there at once; the answer takes its place.
  const carryOut = async (body, send) => {
    const localId = crypto.randomUUID();
    jobs.put(jobBeingSent(localId, body));
    try {
      const answer = await send();
      jobs.remove(localId);
      accept(jobFromSubmit(answer, body));
      if (answer.warnings?.includes('queue_unreachable'))
        toast('Ordered. The queue is slow to answer; it starts within a minute.');
    } catch (problem) {
      jobs.remove(localId);
      throw problem;
    }
  };

  const accept = (job) => {
    // A repeated order answers with the first job, which may be further along by now.
    if (!jobs.get(job.id)) jobs.put(job);
    account.refresh();
  };

  return {
    order: (body) => carryOut(body, () => client.createJob(body)),
    cancel: attempt(async ({ id }) => {
      jobs.patch(id, { cancelRequested: true });
      try {
        await client.cancel(id);
      } finally {
        await jobs.reload(id);
        account.refresh();
      }
    }),
    retry: attempt((job) => carryOut(orderOf(job), () => client.retry(job.id))),
  };
}
