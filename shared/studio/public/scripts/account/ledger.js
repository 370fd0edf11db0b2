// What credits were spent on: a line for each job, and sums that add up.

import { element, setText } from '../base/dom.js';
import { count, moment } from '../base/format.js';
import { table } from '../base/table.js';
import { attempt } from '../shell/attempt.js';
import { title } from '../state/job.js';

const PAGE = 25;
const COLUMNS = ['When', 'What', 'Charged', 'Given back', 'On hold'];
const ENDS = { failed: ', failed', canceled: ', canceled' };

/** `node`, `load()` for the newest lines, and `stop()`. */
export function ledgerPanel(client, account) {
  const sums = element('dl', { class: 'sums' });
  const lines = element('div');
  const more = element('button', { type: 'button', class: 'button', onclick: () => loadMore() }, 'Show earlier jobs');
  const known = element('p', { class: 'visually-hidden', role: 'status' });
  const jobs = [];
  let cursor = null;

  const show = () => {
    const caption = 'Credits by job';
    lines.replaceChildren(table(caption, COLUMNS, jobs.map(lineOf), 'Nothing was ordered yet.'));
    more.parentNode.hidden = cursor === null;
  };
  const read = async (from) => {
    more.disabled = true;
    try {
      const page = await client.jobs({ limit: PAGE }).page(from);
      if (from === null) jobs.length = 0;
      jobs.push(...page.items);
      cursor = page.nextCursor ?? null;
      show();
      setText(known, `${count(jobs.length)} jobs shown.`);
    } finally {
      more.disabled = false;
    }
  };
  const loadMore = attempt(() => read(cursor));
  const showSums = () => {
    const { balance, held, spent } = account;
    if (balance === null) return;
    // Credits are moved, never made: what came is what is there, set aside and spent.
    const figures = { Available: balance, 'On hold': held, Spent: spent, 'Received in all': balance + held + spent };
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
      { class: 'account-parts', 'aria-label': 'Credits' },
      element('div', { class: 'panel table-panel' }, element('h2', {}, 'Credits'), sums),
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
  const what = element('span', { class: 'ledger-what', title: `Job ${id}` }, `${title(jobType)}${ENDS[status] ?? ''}`);
  return [
    moment(new Date(createdAt)),
    [what, element('span', { class: 'ledger-prompt small' }, prompt)],
    count(charged),
    released > 0 ? count(released) : '–',
    held > 0 ? count(held) : '–',
  ];
}
