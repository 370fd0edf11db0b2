// The tables of the operator's page. Rows are made anew with each look; buttons keep the focus by their name.

import { element } from '../base/dom.js';
import { ago, count, duration, moment } from '../base/format.js';
import { button, table } from '../base/table.js';
import { title } from '../state/job.js';

function pauseButton(isPaused, target, name, act) {
  return isPaused
    ? button('Resume', name, () => act.resume(target, name))
    : button('Pause', name, () => act.pause(target, name));
}

export function queueTable(queues, lines, act) {
  return table(
    'Queues',
    ['Queue', 'Waiting', 'Running', 'Workers', 'Median wait', 'State', 'Waiting, since now', 'Actions'],
    queues.map(({ queue, queued, processing, workers, medianWaitSeconds, paused, waitingFor }) => [
      queue,
      count(queued),
      count(processing),
      count(workers),
      medianWaitSeconds === null ? '–' : duration(medianWaitSeconds),
      paused ? 'paused' : (waitingFor ?? 'open'),
      lines.get(queue).node,
      element(
        'span',
        { class: 'row-actions' },
        pauseButton(paused, { queue }, queue, act),
        queued > 0 && button('Purge', queue, () => act.purge({ queue }, queue)),
        button('Redrive', queue, () => act.redrive({ queue }, queue)),
      ),
    ]),
    'There is no queue.',
  );
}

function stateOf({ revoked, paused, paused_reason: reason, state }) {
  if (revoked) return 'revoked';
  return paused ? `paused: ${reason ?? 'no reason given'}` : state;
}

function workerButtons({ worker_id, paused }, act) {
  return element(
    'span',
    { class: 'row-actions' },
    pauseButton(paused, { worker_id }, worker_id, act),
    button('Revoke', worker_id, () => act.revoke({ worker_id }, worker_id)),
  );
}

export function workerTable(workers, act) {
  return table(
    'Workers',
    ['Worker', 'Queues', 'Models', 'State', 'Seen', 'Lost in a row', 'Last error', 'Actions'],
    workers.map((worker) => [
      worker.worker_id,
      worker.queues.join(', '),
      worker.models.join(', ') || '–',
      stateOf(worker),
      element('span', { title: moment(new Date(worker.last_seen_at)) }, ago(new Date(worker.last_seen_at))),
      count(worker.losses),
      worker.last_error
        ? [
            element('p', { class: 'small' }, worker.last_error),
            element('p', { class: 'small' }, ago(new Date(worker.last_error_at))),
          ]
        : '–',
      worker.revoked ? '–' : workerButtons(worker, act),
    ]),
    'No worker has been seen yet.',
  );
}

export function failedTable(jobs, act) {
  return table(
    'Failed jobs, the newest first',
    ['When', 'What', 'Why', 'What workers said', 'Actions'],
    jobs.map((job) => [
      element('span', { title: job.id }, ago(new Date(job.completed_at ?? job.created_at))),
      title(job.job_type),
      `${job.error_code}: ${job.error_message}`,
      (job.errors ?? []).map(({ attempt, worker_error: said, error_code: code }) =>
        element('p', { class: 'small' }, `${attempt}: ${said ?? code}`),
      ),
      job.retried_as
        ? 'ordered again'
        : button('Redrive', job.id.slice(0, 8), () => act.redrive({ job_id: job.id }, job.id.slice(0, 8))),
    ]),
    'Nothing has failed.',
  );
}
