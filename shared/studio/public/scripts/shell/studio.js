// The page of those who are signed in: makes the parts, and shows the place that the address names.

import { showConnection, toast } from '../base/announce.js';
import { element } from '../base/dom.js';
import { composer } from '../composer/composer.js';
import { libraryView } from '../library/library-view.js';
import { Account } from '../state/account.js';
import { isFinished } from '../state/job.js';
import { Jobs } from '../state/jobs.js';
import { Keeper } from '../state/keeper.js';
import { Library } from '../state/library.js';
import { keepLive } from '../state/live.js';
import { viewer } from '../viewer/viewer.js';
import { feed } from '../workspace/feed.js';
import { assetActions } from './asset-actions.js';
import { attempt } from './attempt.js';
import { jobActions } from './job-actions.js';
import { addressOf, placeOf } from './router.js';
import { topBar } from './top-bar.js';

/** `{ nodes, start(), stop() }` for the user of the session. */
export function studio({ service, session, rules }) {
  const { client } = service;
  const keeper = new Keeper(service, session.user.id);
  const jobs = new Jobs(client, keeper);
  const library = new Library(client, keeper);
  const account = new Account(client);
  const stopped = new AbortController();

  const go = (where) => {
    location.hash = addressOf(where);
  };
  const work = jobActions({ client, jobs, account });
  const form = composer({
    rules,
    order: work.order,
    ordered: () => list.reveal(),
    account,
    client,
    userId: session.user.id,
  });
  const withAssets = assetActions({
    client,
    jobs,
    library,
    keeper,
    compose: (fill) => {
      view.close();
      go({ place: 'workspace' });
      fill(form);
    },
  });
  const view = viewer(withAssets);
  const list = feed(jobs, {
    ...work,
    ...withAssets,
    reload: attempt(({ id }) => jobs.reload(id)),
    reuse: (job) => form.reuse(job),
    download: attempt(withAssets.downloadAll),
    remove: (job) => withAssets.remove(job.assets),
    open: (job, asset) => view.open(withAssets.resultsOf(job), asset.id),
  });
  const shelf = libraryView(library, {
    actions: { ...withAssets, open: (asset) => view.open(library, asset.id) },
    goTo: (filters) => go({ place: 'library', filters }),
    toWorkspace: () => go({ place: 'workspace' }),
  });
  const bar = topBar({ session, account });
  const workspace = element(
    'div',
    { class: 'studio' },
    element('h1', { class: 'visually-hidden', id: 'workspace-title', tabindex: '-1' }, 'Workspace'),
    form.node,
    list.node,
  );

  // A job that ended has changed the balance and the queues, and what it made belongs into the library's list.
  const ended = new Set();
  jobs.addEventListener('changed', ({ detail: { id } }) => {
    const job = jobs.get(id);
    for (const asset of job?.assets ?? []) library.add(asset);
    if (!job || !isFinished(job) || ended.has(id)) return;
    ended.add(id);
    account.refresh();
  });

  // Coming back to a place is coming back to where one was in it.
  const scrolled = {};
  let shown = null;
  const show = (isFirst) => {
    const { place, filters } = placeOf(location.hash);
    const isOther = place !== shown;
    if (isOther) scrolled[shown] = scrollY;
    shown = place;
    workspace.hidden = place !== 'workspace';
    shelf.node.hidden = place !== 'library';
    bar.show(place);
    document.title = `${place === 'library' ? 'Library' : 'Workspace'} · OurVidz Studio`;
    if (place === 'library') shelf.show(filters);
    if (isOther && !isFirst) scrollTo(0, scrolled[place] ?? 0);
    // Who follows a link with a screen reader has to hear where it led.
    if (isOther && !isFirst)
      (place === 'library' ? shelf.heading : workspace.firstChild).focus({ preventScroll: true });
  };
  addEventListener('hashchange', () => show(false), { signal: stopped.signal });
  session.addEventListener('ending', () => keeper.sendNow(), { signal: stopped.signal });
  keeper.addEventListener('failed', ({ detail: { problem } }) => toast(problem.message));

  return {
    nodes: [bar.node, element('main', { id: 'main', tabindex: '-1' }, workspace, shelf.node), view.node],
    async start() {
      show(true);
      keepLive({ client, jobs, signal: stopped.signal, onConnection: showConnection });
      await Promise.all([list.load(), account.refresh()]);
    },
    stop() {
      stopped.abort();
      view.close();
      for (const part of [account, list, shelf, keeper]) part.stop();
    },
  };
}
