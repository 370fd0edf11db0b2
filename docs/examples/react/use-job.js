// A job as React state: order it, see it change, call it off.

import { useCallback, useEffect, useRef, useState } from 'react';

/**
 * `job` is the job as it is now, `error` what kept it from being ordered or watched. Pass the id of a job that was
 * ordered before to go on watching it, for example after a reload.
 */
export function useJob(client, knownId = null) {
  const [id, setId] = useState(knownId);
  const [job, setJob] = useState(null);
  const [error, setError] = useState(null);
  const [isOrdering, setOrdering] = useState(false);
  const ordering = useRef(false);

  useEffect(() => {
    if (!id) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    const watch = async () => {
      try {
        for await (const update of client.watchJob(id, { signal })) setJob(update.job);
      } catch (failure) {
        if (!signal.aborted) setError(failure);
      }
    };
    watch();
    // Another job, or no component any more: the stream is closed.
    return () => controller.abort();
  }, [client, id]);

  const order = useCallback(
    async (body) => {
      // A second click while the first is on its way is the same wish.
      if (ordering.current) return;
      ordering.current = true;
      setOrdering(true);
      setError(null);
      try {
        const created = await client.createJob(body);
        setJob(null);
        setId(created.job.id);
      } catch (failure) {
        setError(failure);
      } finally {
        ordering.current = false;
        setOrdering(false);
      }
    },
    [client],
  );

  const cancel = useCallback(() => (id ? client.cancel(id).catch(setError) : undefined), [client, id]);

  return { job, error, isOrdering, order, cancel };
}
