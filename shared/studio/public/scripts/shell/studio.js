// The page of those who are signed in: puts the parts together and carries out what the cards ask for.

import { Account } from '../state/account.js';
import { toast } from '../base/announce.js';
import { composer } from '../composer/composer.js';
import { element } from '../base/dom.js';
import { saveAsset } from '../base/download.js';
import { feed } from '../workspace/feed.js';
import { isFinished, jobBeingSent, jobFromSubmit, orderOf } from '../state/job.js';
import { Jobs } from '../state/jobs.js';
import { lightbox } from '../viewer/viewer.js';
import { Outbox } from '../net/outbox.js';
import { explain } from '../net/problem.js';
import { topBar } from './top-bar.js';
import { Watcher } from '../net/watcher.js';

/** `{ nodes, start(), stop() }` for the user of the session. */
export function studio({ api, session, rules }) {
  const jobs = new Jobs(api);
  const account = new Account(api);
  const outbox = new Outbox(api, session.user.id);
  const watcher = new Watcher(api, jobs, session.user.id);

  const order = async (body) => {
    const localId = crypto.randomUUID();
    jobs.put(jobBeingSent(localId, body));
    try {
      const answer = await outbox.submit(body);
      jobs.remove(localId);
      accept(jobFromSubmit(answer, body));
      if (answer.warnings?.includes('queue_unreachable')) toast('Ordered. The queue is slow to answer; it starts within a minute.');
    } catch (problem) {
      jobs.remove(localId);
      throw problem;
    }
  };

  const accept = (job) => {
    // A repeated order answers with the first job, which may be further along by now.
    if (!jobs.get(job.id)) jobs.put(job);
    watcher.watch(job.id);
    account.refresh();
  };

  const attempt = (work) => async (job) => {
    try {
      await work(job);
    } catch (problem) {
      const { what, action } = explain(problem);
      toast([what, action].filter(Boolean).join(' '));
    }
  };

  const view = lightbox({
    download: (asset) => saveAsset(jobs.all.find((job) => job.assets.some(({ id }) => id === asset.id)), asset),
    copied: (seed) => toast(`Seed ${seed} copied.`),
  });

  const actions = {
    cancel: attempt(async ({ id }) => {
      jobs.patch(id, { cancelRequested: true });
      try {
        await api.cancel(id);
      } finally {
        await watcher.reload(id);
        account.refresh();
      }
    }),
    retry: attempt((job) => order(orderOf(job))),
    reuse: (job) => form.reuse(job),
    download: attempt(async (job) => {
      for (const asset of job.assets.filter(({ url }) => url)) await saveAsset(job, asset);
    }),
    open: (job, index) => view.open(job, index),
    reload: attempt(({ id }) => watcher.reload(id)),
  };

  const form = composer({ rules, order, account });
  const list = feed(jobs, actions);

  // A job that ended has changed the balance and the queues.
  const ended = new Set();
  jobs.addEventListener('changed', ({ detail: { id } }) => {
    const job = jobs.get(id);
    if (!job || !isFinished(job) || ended.has(id)) return;
    ended.add(id);
    account.refresh();
  });

  return {
    nodes: [
      topBar({ session, account }),
      element('main', { id: 'main', class: 'studio', tabindex: '-1' }, element('h1', { class: 'visually-hidden' }, 'Studio'), form.node, list.node),
      view.node,
    ],
    async start() {
      await Promise.all([list.load(), account.refresh()]);
      watcher.watchAll();
    },
    stop() {
      watcher.stop();
      account.stop();
      list.stop();
    },
  };
}
