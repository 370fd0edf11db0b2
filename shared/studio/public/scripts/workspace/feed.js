// The list of jobs.

import { announce } from '../base/announce.js';
import { element, icon } from '../base/dom.js';
import { whileResting } from '../base/focus.js';
import { explain } from '../net/problem.js';
import { isFinished, title } from '../state/job.js';
import { texts } from '../texts/workspace.js';
import { jobCard } from './job-card.js';

const TICK_MS = 1_000;
const SKELETONS = 2;
// Of the window's height: what begins below it, nobody sees.
const MOSTLY_BELOW = 0.6;

/** Shows `jobs`, and above them the `hints` that there may be; `actions` go to the cards. */
export function feed(jobs, { hints, ...actions }) {
  const cards = new Map();
  const list = element('div', { class: 'feed-list' });
  const empty = element(
    'div',
    { class: 'empty', hidden: true },
    icon('spark'),
    element('h3', {}, texts.nothingYet),
    element('p', {}, texts.nothingYetWhat),
    element('p', { class: 'small' }, texts.orBeginWith),
    element(
      'ul',
      { class: 'examples' },
      texts.examples.map((text) =>
        element(
          'li',
          {},
          element('button', { type: 'button', class: 'button compact', onclick: () => actions.start(text) }, text),
        ),
      ),
    ),
  );
  const skeleton = element(
    'div',
    { class: 'feed-list', 'aria-hidden': 'true' },
    Array.from({ length: SKELETONS }, skeletonCard),
  );
  const failed = element('div', { class: 'message error', role: 'alert', hidden: true });
  const more = element(
    'button',
    { type: 'button', class: 'button more', hidden: true, onclick: () => whileResting([more], loadMore) },
    texts.showEarlierJobs,
  );
  const heading = element('h2', { id: 'feed-title', tabindex: '-1' }, texts.yourJobs);
  const node = element(
    'section',
    { class: 'feed', 'aria-labelledby': heading.id },
    element('div', { class: 'feed-head' }, heading),
    hints,
    failed,
    skeleton,
    empty,
    list,
    more,
  );

  const arrange = () => {
    const all = jobs.all;
    const wanted = new Set(all.map(({ id }) => id));
    for (const [id, card] of cards) {
      if (wanted.has(id)) continue;
      const hadFocus = card.node.contains(document.activeElement);
      const next = card.node.nextElementSibling ?? card.node.previousElementSibling ?? heading;
      card.node.remove();
      cards.delete(id);
      if (hadFocus) next.focus();
    }
    let before = null;
    for (const job of all.toReversed()) {
      const card = cards.get(job.id) ?? jobCard(job, actions);
      cards.set(job.id, card);
      // Moving an element restarts its video, so only what is in the wrong place moves.
      if (card.node.parentNode !== list || card.node.nextSibling !== before) list.insertBefore(card.node, before);
      before = card.node;
    }
    empty.hidden = all.length > 0 || !node.dataset.loaded;
    more.hidden = !jobs.hasMore;
  };

  let lastWork = null;
  const load = async (work) => {
    lastWork = work;
    failed.hidden = true;
    try {
      await work();
      node.dataset.loaded = 'yes';
      arrange();
    } catch (problem) {
      const { what, action } = explain(problem);
      failed.replaceChildren(
        element('strong', {}, what),
        element('span', {}, action ?? ''),
        element('button', { type: 'button', class: 'button compact', onclick: () => load(work) }, texts.loadAgain),
      );
      failed.hidden = false;
    } finally {
      skeleton.hidden = true;
    }
  };
  // The first of those that came, because the button may be gone with the last of them.
  const loadMore = async () => {
    const last = list.lastElementChild;
    await load(() => jobs.loadMore());
    last?.nextElementSibling?.focus();
  };

  const statusOf = new Map();
  const announceEnd = (job) => {
    const before = statusOf.get(job.id);
    statusOf.set(job.id, job.status);
    if (before && before !== job.status && isFinished(job)) announce(`${title(job.jobType)}: ${job.status}.`);
  };

  jobs.addEventListener('listed', arrange);
  for (const name of ['listed', 'changed']) {
    jobs.addEventListener(name, ({ detail }) => {
      const job = jobs.get(detail.id);
      if (!job) return;
      announceEnd(job);
      cards.get(job.id)?.update(job);
    });
  }
  const stopped = new AbortController();
  addEventListener('online', () => failed.hidden || load(lastWork), { signal: stopped.signal });
  const clock = setInterval(() => {
    for (const card of cards.values()) card.tick();
  }, TICK_MS);

  return {
    node,
    load: () => load(() => jobs.refresh()),
    /** Shows the newest job where the form covers the screen. */
    reveal() {
      if (node.getBoundingClientRect().top > innerHeight * MOSTLY_BELOW) node.scrollIntoView({ behavior: 'smooth' });
    },
    stop: () => {
      clearInterval(clock);
      stopped.abort();
    },
  };
}

// What a card looks like before anything is known about it.
function skeletonCard() {
  return element(
    'div',
    { class: 'panel job skeleton' },
    element(
      'div',
      { class: 'job-side' },
      element('span', { class: 'bone short' }),
      element('span', { class: 'bone' }),
      element('span', { class: 'bone' }),
    ),
    element(
      'div',
      { class: 'tiles', dataset: { count: 3 } },
      Array.from({ length: 3 }, () => element('div', { class: 'tile working' })),
    ),
  );
}
