// Keeps the jobs up to date, whatever the number of tabs: the client listens in one of them for all.

import { jobFrom } from './job.js';

// Places in line and expected times move although nothing happens to the job itself.
const LOOK_AT_LINE_MS = 10_000;
// Several things that happen at once are one reason to look.
const SETTLE_MS = 500;

/** `onConnection(state)` gets `live`, `polling` or `offline`. Ends with the signal, after which nothing is said. */
export function followJobs({ client, jobs, signal, onConnection }) {
  const look = () => jobs.refresh().catch(() => {});
  const hasLine = () => jobs.active.some(({ status }) => status === 'queued');
  let soon;
  const lookSoon = () => {
    clearTimeout(soon);
    soon = setTimeout(() => hasLine() && look(), SETTLE_MS);
  };
  const onUpdate = (update) => {
    // From here on nothing is missed; what came before is in the list.
    if (update.kind === 'ready') {
      look();
      return;
    }
    jobs.take({ ...jobFrom(update.job), stepPreviews: update.stepPreviews ?? {} });
    if (update.job.status !== 'queued') lookSoon();
  };
  // A watch that ends by itself (an older service, say) leaves looking.
  let isWatching = true;
  client
    .watchAll({ signal, onUpdate, stepPreviews: true, onConnection: (state) => signal.aborted || onConnection(state) })
    .run()
    .catch((error) => {
      isWatching = false;
      console.info('The watch ended.', error.code ?? error);
    });
  const isWorthLooking = () => !document.hidden && (hasLine() || (!isWatching && jobs.active.length > 0));
  const timer = setInterval(() => isWorthLooking() && look(), LOOK_AT_LINE_MS);
  addEventListener('online', look, { signal });
  document.addEventListener('visibilitychange', () => document.hidden || look(), { signal });
  signal.addEventListener('abort', () => {
    clearInterval(timer);
    clearTimeout(soon);
  });
}
