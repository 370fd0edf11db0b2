// The page of those who are signed in: makes the parts, and shows the place that the address names.

import { notice, showConnection } from '../base/announce.js';
import { element } from '../base/dom.js';
import { composer } from '../composer/composer.js';
import { explain } from '../net/problem.js';
import { Account } from '../state/account.js';
import { dismissedOf } from '../state/dismissed.js';
import { forget } from '../state/forget.js';
import { isFinished } from '../state/job.js';
import { Jobs } from '../state/jobs.js';
import { Keeper } from '../state/keeper.js';
import { Library } from '../state/library.js';
import { followJobs } from '../state/live.js';
import { Projects } from '../state/projects.js';
import { Tags } from '../state/tags.js';
import { texts } from '../texts/shell.js';
import { feed } from '../workspace/feed.js';
import { hintsOf } from '../workspace/hints.js';
import { assetActions } from './asset-actions.js';
import { attempt } from './attempt.js';
import { attention } from './attention.js';
import { deletions } from './deletions.js';
import { jobActions } from './job-actions.js';
import { addressOf, placeOf } from './router.js';
import { topBar } from './top-bar.js';

/** `{ nodes, start(), stop() }` for the user of the session. */
export function studio({ service, session, rules, creditsUrl }) {
  const { client } = service;
  const keeper = new Keeper(service, session.user.id);
  const jobs = new Jobs(client, keeper, dismissedOf(session.user.id));
  const deleted = deletions(keeper);
  const library = new Library(client, keeper);
  const account = new Account(client);
  const projects = new Projects(client);
  const tags = new Tags(client);
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
    projects,
    client,
    userId: session.user.id,
    creditsUrl,
  });
  const withAssets = assetActions({
    client,
    jobs,
    library,
    tags,
    keeper,
    deleted,
    compose: (fill) => {
      view.close();
      go({ place: 'workspace' });
      fill(form);
    },
  });
  // Nobody needs it before there is something to look at.
  let loadedView;
  const view = {
    open: attempt(async (items, id) => {
      const { viewer } = await import('../viewer/viewer.js');
      if (!loadedView) {
        loadedView = viewer(withAssets);
        workspace.parentNode.after(loadedView.node);
      }
      loadedView.open(items, id);
    }),
    close: () => loadedView?.close(),
  };
  const list = feed(jobs, {
    hints: hintsOf(session.user.id),
    ...work,
    ...withAssets,
    reload: attempt(({ id }) => jobs.reload(id)),
    reuse: (job) => form.reuse(job),
    start: (text) => form.start(text),
    download: (job) => withAssets.downloadAll(job.assets),
    remove: (job) => withAssets.remove(job.assets),
    open: (job, asset) => view.open(withAssets.resultsOf(job), asset.id),
  });
  const libraryHeading = element('h1', { id: 'library-title', tabindex: '-1' }, texts.library);
  const libraryHead = element('div', { class: 'library-head' }, libraryHeading);
  const libraryPlace = element(
    'section',
    { class: 'library', 'aria-labelledby': libraryHeading.id, hidden: true },
    libraryHead,
  );
  let loadedLibrary;
  const showLibrary = attempt(async (filters) => {
    // Once it is there it shows what is asked for at once, not first what was asked for before.
    if (!loadedLibrary) {
      const { libraryView } = await import('../library/library-view.js');
      loadedLibrary ??= libraryView(library, {
        place: libraryPlace,
        head: libraryHead,
        projects,
        tags,
        actions: { ...withAssets, open: (asset) => view.open(library, asset.id) },
        goTo: (wanted) => go({ place: 'library', filters: wanted }),
        toWorkspace: () => go({ place: 'workspace' }),
      });
    }
    await Promise.all([loadedLibrary.show(filters), tags.load()]);
  });
  const accountHeading = element('h1', { id: 'account-title', tabindex: '-1' }, texts.account);
  const accountPlace = element('div', { class: 'account-place', hidden: true }, accountHeading);
  let loadedAccount;
  const showAccount = attempt(async () => {
    const { accountView } = await import('../account/account-view.js');
    if (!loadedAccount) {
      loadedAccount = accountView({ client, account, email: session.user.email, deleted: beginAnew });
      accountPlace.append(loadedAccount.node);
    }
    await loadedAccount.show();
  });
  // Nothing of what the page knows is there any more.
  const beginAnew = () => {
    forget(session.user.id);
    session.dispatchEvent(new Event('changed'));
    notice(texts.everythingDeleted);
  };
  const bar = topBar({ session, account });
  const workspace = element(
    'div',
    { class: 'studio' },
    element('h1', { class: 'visually-hidden', id: 'workspace-title', tabindex: '-1' }, texts.workspace),
    form.node,
    list.node,
  );

  const nowhere = element(
    'section',
    { class: 'plain-message', 'aria-labelledby': 'nowhere-title', hidden: true },
    element('h1', { id: 'nowhere-title', tabindex: '-1' }, texts.nowhere),
    element('p', {}, texts.nowhereWhat),
    element(
      'p',
      {},
      element('a', { class: 'button primary', href: addressOf({ place: 'workspace' }) }, texts.toWorkspace),
    ),
  );
  const places = {
    workspace: { node: workspace, heading: workspace.firstChild, title: texts.workspace },
    library: { node: libraryPlace, heading: libraryHeading, title: texts.library },
    account: { node: accountPlace, heading: accountHeading, title: texts.account },
    nowhere: { node: nowhere, heading: nowhere.firstChild, title: texts.nowhereTitle },
  };

  const titled = attention(jobs, stopped.signal);

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
    for (const [name, { node }] of Object.entries(places)) node.hidden = name !== place;
    bar.show(place);
    titled.name(places[place].title);
    if (place === 'library') showLibrary(filters);
    if (place === 'account') showAccount();
    if (isOther && !isFirst) scrollTo(0, scrolled[place] ?? 0);
    // Who follows a link with a screen reader has to hear where it led.
    if (isOther && !isFirst) places[place].heading.focus({ preventScroll: true });
  };
  addEventListener('hashchange', () => show(false), { signal: stopped.signal });
  addEventListener('keydown', (event) => undoByKey(event, deleted), { signal: stopped.signal });
  addEventListener('keydown', helpByKey, { signal: stopped.signal });
  session.addEventListener('ending', () => keeper.sendNow(), { signal: stopped.signal });
  keeper.addEventListener('failed', ({ detail: { problem } }) => notice(explain(problem).what));

  return {
    nodes: [bar.node, element('main', { id: 'main', tabindex: '-1' }, workspace, libraryPlace, accountPlace, nowhere)],
    async start() {
      show(true);
      followJobs({ client, jobs, signal: stopped.signal, onConnection: showConnection });
      await Promise.all([list.load(), account.refresh(), attempt(() => projects.load())()]);
    },
    stop() {
      stopped.abort();
      view.close();
      for (const part of [account, form, list, loadedLibrary, loadedAccount, keeper]) part?.stop();
      showConnection('none');
    },
  };
}

// A text field has an undo of its own.
function undoByKey(event, deleted) {
  const isUndo =
    event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (isUndo && !event.target.closest('input, textarea') && deleted.undo()) event.preventDefault();
}

async function helpByKey(event) {
  if (event.key !== '?' || event.target.closest('input, textarea, select, .sheet')) return;
  event.preventDefault();
  (await import('./shortcuts.js')).showShortcuts();
}
