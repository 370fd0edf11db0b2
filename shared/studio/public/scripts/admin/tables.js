// The tables of the operator's page. Rows are made anew with each look; buttons keep the focus by their name.

import { element } from '../base/dom.js';
import { ago, count, duration, gibibytes, moment } from '../base/format.js';
import { button, table } from '../base/table.js';
import { title } from '../state/job.js';
import { texts } from '../texts/admin.js';
import { sumOf } from './metrics.js';

// One key for both: each takes the place of the other.
function pauseButton(isPaused, target, name, act) {
  const key = `pause ${name}`;
  return isPaused
    ? button(texts.resume, name, () => act.resume(target, name), key)
    : button(texts.pause, name, () => act.pause(target, name), key);
}

export function queueTable(queues, act) {
  return table(
    texts.queues,
    [texts.queue, texts.waiting, texts.running, texts.workers, texts.medianWait, texts.state, texts.actions],
    queues.map(({ queue, queued, processing, workers, medianWaitSeconds, paused, waitingFor }) => [
      queue,
      count(queued),
      count(processing),
      count(workers),
      medianWaitSeconds === null ? '–' : duration(medianWaitSeconds),
      paused ? texts.paused : (waitingFor ?? texts.open),
      element(
        'span',
        { class: 'row-actions' },
        pauseButton(paused, { queue }, queue, act),
        queued > 0 && button(texts.purge, queue, () => act.purge({ queue }, queue)),
        button(texts.redrive, queue, () => act.redrive({ queue }, queue)),
      ),
    ]),
    texts.queuesNone,
  );
}

function stateOf({ revoked, paused, paused_reason: reason, state }) {
  if (revoked) return texts.revoked;
  return paused ? texts.pausedBecause(reason ?? texts.noReason) : state;
}

function workerButtons({ worker_id, paused }, act) {
  return element(
    'span',
    { class: 'row-actions' },
    pauseButton(paused, { worker_id }, worker_id, act),
    button(texts.revoke, worker_id, () => act.revoke({ worker_id }, worker_id)),
  );
}

// Workers tell it with their claims and heartbeats, those that have a GPU.
function gpuMemoryOf({ worker_id: worker }, samples) {
  const [used, total] = ['used', 'total'].map((what) => sumOf(samples, `worker_gpu_memory_${what}_bytes`, { worker }));
  return used === null || total === null ? '–' : texts.memoryOf(gibibytes(used), gibibytes(total));
}

export function workerTable(workers, samples, act) {
  return table(
    texts.workers,
    [
      texts.worker,
      texts.queues,
      texts.models,
      texts.gpuMemory,
      texts.state,
      texts.seen,
      texts.lostInARow,
      texts.lastError,
      texts.actions,
    ],
    workers.map((worker) => [
      worker.worker_id,
      worker.queues.join(', '),
      worker.models.join(', ') || '–',
      gpuMemoryOf(worker, samples),
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
    texts.workersNone,
  );
}

export function failedTable(jobs, act) {
  return table(
    texts.failedCaption,
    [texts.when, texts.what, texts.why, texts.workersSaid, texts.actions],
    jobs.map((job) => [
      element('span', { title: job.id }, ago(new Date(job.completed_at ?? job.created_at))),
      title(job.job_type),
      `${job.error_code}: ${job.error_message}`,
      (job.errors ?? []).map(({ attempt, worker_error: said, error_code: code }) =>
        element('p', { class: 'small' }, `${attempt}: ${said ?? code}`),
      ),
      job.retried_as
        ? texts.orderedAgain
        : button(texts.redrive, job.id.slice(0, 8), () => act.redrive({ job_id: job.id }, job.id.slice(0, 8))),
    ]),
    texts.failedNone,
  );
}
