// What the service costs and how it keeps up, from its metrics.

import { element } from '../base/dom.js';
import { count, duration } from '../base/format.js';
import { table } from '../base/table.js';
import { JOB_TYPES } from '../net/tables.generated.js';
import { title } from '../state/job.js';
import { historyOf } from './history.js';
import { sumOf } from './metrics.js';

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;
const COLUMNS = ['Job type', 'Completed', 'Failed', 'Worker time each', 'Worker time in all', 'Share'];

/** What each job type takes of the workers, those that were ever ordered. */
export function costTable(samples) {
  const total = sumOf(samples, 'job_run_seconds_sum') ?? 0;
  const rows = JOB_TYPES.map(({ jobType }) => {
    const of = (name, labels = {}) => sumOf(samples, name, { job_type: jobType, ...labels }) ?? 0;
    const [seconds, runs] = [of('job_run_seconds_sum'), of('job_run_seconds_count')];
    return {
      isKnown: of('jobs_submitted_total') > 0,
      cells: [
        title(jobType),
        count(of('jobs_ended_total', { status: 'completed' })),
        count(of('jobs_ended_total', { status: 'failed' })),
        runs > 0 ? duration(seconds / runs) : '–',
        runs > 0 ? long(seconds) : '–',
        total > 0 ? `${Math.round((seconds / total) * 100)} %` : '–',
      ],
    };
  });
  const known = rows.filter(({ isKnown }) => isKnown).map(({ cells }) => cells);
  return table('Costs by job type, since the first day', COLUMNS, known, 'Nothing was ordered yet.');
}

/** How waiting went since the page was opened, a row for each queue: `add(queues, samples)` and `table(queues, samples)`. */
export function waits() {
  const lines = new Map();
  const line = (queue, what) => {
    const key = `${queue}, ${what}`;
    if (!lines.has(key)) lines.set(key, historyOf(key));
    return lines.get(key);
  };
  return {
    add(queues, samples) {
      for (const { queue, medianWaitSeconds } of queues) {
        line(queue, 'median wait in seconds').add(Math.round(medianWaitSeconds ?? 0));
        line(queue, 'seconds of the oldest').add(Math.round(sumOf(samples, 'queue_oldest_seconds', { queue }) ?? 0));
      }
    },
    table(queues, samples) {
      const rows = queues.map(({ queue, medianWaitSeconds }) => [
        queue,
        medianWaitSeconds === null ? '–' : duration(medianWaitSeconds),
        line(queue, 'median wait in seconds').node,
        seconds(sumOf(samples, 'queue_oldest_seconds', { queue })),
        line(queue, 'seconds of the oldest').node,
      ]);
      const columns = [
        'Queue',
        'Median wait',
        'since the page was opened',
        'The oldest waits',
        'since the page was opened',
      ];
      return table('Waiting', columns, rows, 'There is no queue.');
    },
  };
}

/** What the sweep has still to do, and what ends soon. */
export function housekeeping(samples) {
  const number = (name) => {
    const value = sumOf(samples, name);
    return value === null ? '–' : count(value);
  };
  const token = sumOf(samples, 'edge_token_expires_seconds');
  const figures = {
    'Webhooks that wait': number('webhooks_pending'),
    'Objects to delete': number('objects_to_delete'),
    'Last pass of the sweep': seconds(sumOf(samples, 'sweep_seconds'), ' ago'),
    'EDGE_DB_JWT counts for': token === null ? '–' : `${count(Math.floor(token / DAY_SECONDS))} days`,
  };
  return element(
    'section',
    { class: 'panel table-panel', 'aria-label': 'Housekeeping' },
    element('h2', {}, 'Housekeeping'),
    element(
      'dl',
      { class: 'sums' },
      Object.entries(figures).map(([name, value]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, value)),
      ),
    ),
  );
}

function seconds(value, after = '') {
  return value === null || value === 0 ? '–' : `${duration(value)}${after}`;
}

/** "3 h", where minutes would be noise. */
function long(time) {
  return time < HOUR_SECONDS ? duration(time) : `${count(Math.round(time / HOUR_SECONDS))} h`;
}
