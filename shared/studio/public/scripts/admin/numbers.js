// What the service costs and how it keeps up, from its metrics.

import { element } from '../base/dom.js';
import { count, duration, percent } from '../base/format.js';
import { table } from '../base/table.js';
import { JOB_TYPES } from '../net/tables.generated.js';
import { title } from '../state/job.js';
import { texts } from '../texts/admin.js';
import { sumOf } from './metrics.js';

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;
const COLUMNS = [
  texts.jobType,
  texts.completed,
  texts.failed,
  texts.workerTimeEach,
  texts.workerTimeInAll,
  texts.share,
];

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
        total > 0 ? percent(seconds / total) : '–',
      ],
    };
  });
  const known = rows.filter(({ isKnown }) => isKnown).map(({ cells }) => cells);
  return table(texts.costsCaption, COLUMNS, known, texts.costsNone);
}

/** What the sweep has still to do, and what ends soon. */
export function housekeeping(samples) {
  const number = (name) => {
    const value = sumOf(samples, name);
    return value === null ? '–' : count(value);
  };
  const token = sumOf(samples, 'edge_token_expires_seconds');
  const figures = {
    [texts.webhooksThatWait]: number('webhooks_pending'),
    [texts.objectsToDelete]: number('objects_to_delete'),
    [texts.lastSweep]: seconds(sumOf(samples, 'sweep_seconds')),
    [texts.edgeTokenCounts]: token === null ? '–' : texts.days(count(Math.floor(token / DAY_SECONDS))),
  };
  return element(
    'section',
    { class: 'panel table-panel', 'aria-label': texts.housekeeping },
    element('h2', {}, texts.housekeeping),
    element(
      'dl',
      { class: 'sums' },
      Object.entries(figures).map(([name, value]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, value)),
      ),
    ),
  );
}

function seconds(value) {
  return value === null || value === 0 ? '–' : texts.ago(duration(value));
}

/** "3 h", where minutes would be noise. */
function long(time) {
  return time < HOUR_SECONDS ? duration(time) : texts.hours(count(Math.round(time / HOUR_SECONDS)));
}
