// Ordering, canceling, ordering again.

import { explain } from '../net/problem.js';
import { jobBeingSent, jobFromSubmit, orderOf } from '../state/job.js';
import { attempt } from './attempt.js';

/**
 * `order(body, { upload, isStillWritten })` resolves when the service has it; any number may be on their way. `upload()`
 * gives the references. It rejects with a `Problem` while `isStillWritten()` says that the form can show it; else the card
 * keeps it. `cancel(job)` and `retry(job)` say themselves what went wrong.
 */
export function jobActions({ client, jobs, account }) {
  // What a card that was not ordered needs to try again.
  const unsent = new Map();

  // A card is there at once; the answer takes its place.
  const send = async (body, ask, isStillWritten = () => true) => {
    const localId = crypto.randomUUID();
    jobs.put(jobBeingSent(localId, body));
    try {
      const answer = await ask();
      jobs.remove(localId);
      accept(jobFromSubmit(answer, body));
    } catch (problem) {
      if (isStillWritten()) {
        jobs.remove(localId);
        throw problem;
      }
      const { what, action } = explain(problem, { isOrder: true });
      unsent.set(localId, { body, ask });
      jobs.patch(localId, { status: 'failed', errorMessage: what, errorAction: action });
    }
  };

  const accept = (job) => {
    // A repeated order answers with the first job, which may be further along by now.
    if (!jobs.get(job.id)) jobs.put(job);
    account.refresh();
  };

  const order = (body, { upload, isStillWritten }) =>
    send(
      body,
      async () => {
        const references = await upload();
        return client.createJob(
          references.length === 0 ? body : { ...body, metadata: { ...body.metadata, references } },
        );
      },
      isStillWritten,
    );

  return {
    order,
    cancel: attempt(async ({ id }) => {
      jobs.patch(id, { cancelRequested: true });
      try {
        await client.cancel(id);
      } finally {
        await jobs.reload(id);
        account.refresh();
      }
    }),
    retry: attempt((job) => {
      if (!job.isLocal) return send(orderOf(job), () => client.retry(job.id));
      const { body, ask } = unsent.get(job.id);
      unsent.delete(job.id);
      jobs.remove(job.id);
      return send(body, ask, () => false);
    }),
    dismiss({ id }) {
      unsent.delete(id);
      jobs.dismiss(id);
    },
  };
}
