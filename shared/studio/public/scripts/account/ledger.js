// What credits were spent on: a line for each job, and sums that add up.

import { element, setText } from '../base/dom.js';
import { whileResting } from '../base/focus.js';
import { count, moment } from '../base/format.js';
import { table } from '../base/table.js';
import { attempt } from '../shell/attempt.js';
import { title } from '../state/job.js';
import { texts } from '../texts/account.js';

const PAGE = 25;
const COLUMNS = [texts.when, texts.what, texts.charged, texts.givenBack, texts.onHold];
const ENDS = { failed: texts.failedToo, canceled: texts.canceledToo };

/** `node`, `load()` for the newest lines, and `stop()`. */
export function ledgerPanel(client, account) {
  const sums = element('dl', { class: 'sums' });
  const lines = element('div');
  const more = element('button', { type: 'button', class: 'button', onclick: () => loadMore() }, texts.showEarlierJobs);
  const known = element('p', { class: 'visually-hidden', role: 'status' });
  const jobs = [];
  let cursor = null;

  const show = () => {
    const caption = texts.creditsByJob;
    lines.replaceChildren(table(caption, COLUMNS, jobs.map(lineOf), texts.ledgerNone));
    more.parentNode.hidden = cursor === null;
  };
  const read = async (from) => {
    const page = await client.jobs({ limit: PAGE }).page(from);
    if (from === null) jobs.length = 0;
    jobs.push(...page.items);
    cursor = page.nextCursor ?? null;
    show();
    setText(known, texts.jobsShown(count(jobs.length)));
  };
  const loadMore = attempt(async () => {
    await whileResting([more], () => read(cursor));
    // With the last page the button is gone.
    if (cursor === null) lines.querySelector('.table-frame').focus();
  });
  const showSums = () => {
    const { balance, held, spent } = account;
    if (balance === null) return;
    // Credits are moved, never made: what came is what is there, set aside and spent.
    const figures = {
      [texts.available]: balance,
      [texts.onHold]: held,
      [texts.spent]: spent,
      [texts.receivedInAll]: balance + held + spent,
    };
    sums.replaceChildren(
      ...Object.entries(figures).map(([name, value]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, count(value))),
      ),
    );
  };
  const stopped = new AbortController();
  account.addEventListener('changed', showSums, { signal: stopped.signal });
  showSums();

  return {
    node: element(
      'section',
      { class: 'account-parts', 'aria-label': texts.credits },
      element('div', { class: 'panel table-panel' }, element('h2', {}, texts.credits), sums),
      lines,
      element('p', { hidden: true }, more),
      known,
    ),
    load: () => read(null),
    stop: () => stopped.abort(),
  };
}

function lineOf({ id, job_type: jobType, status, prompt, created_at: createdAt, credits }) {
  const { charged = 0, released = 0, held = 0 } = credits ?? {};
  const what = element(
    'span',
    { class: 'ledger-what', title: texts.job(id) },
    `${title(jobType)}${ENDS[status] ?? ''}`,
  );
  return [
    moment(new Date(createdAt)),
    [what, element('span', { class: 'ledger-prompt small' }, prompt)],
    count(charged),
    released > 0 ? count(released) : '–',
    held > 0 ? count(held) : '–',
  ];
}
