// How full the queues were and how long they let wait, as the sweep noted it.

import { element } from '../base/dom.js';
import { duration } from '../base/format.js';
import { texts } from '../texts/admin.js';
import { chart } from './chart.js';

const SPANS = { 6: texts.sixHours, 24: texts.aDay, 168: texts.aWeek, 720: texts.aMonth };
const FIRST = '24';
const HOUR_MS = 3_600_000;
// The sweep notes a point every five minutes; an answer has so many points at most.
const POINT_MS = 300_000;
const POINTS = 288;
// As often as there can be something new, about.
const STALE_MS = 60_000;

/** `node`, and `refresh()`, which asks again when what it shows is a minute old. */
export function history(operator, attempt) {
  let read = Number.NEGATIVE_INFINITY;
  const span = element(
    'select',
    { class: 'input compact', 'aria-label': texts.timeShown, onchange: () => load() },
    Object.entries(SPANS).map(([value, name]) => element('option', { value, selected: value === FIRST }, name)),
  );
  const charts = element('div', { class: 'charts' });
  const ask = async () => {
    const hours = Number(span.value);
    const { queues } = await operator.history(hours);
    read = Date.now();
    charts.replaceChildren(...queues.flatMap((queue) => chartsOf(queue, hours, read)));
  };
  const load = attempt(ask);
  return {
    node: element(
      'section',
      { class: 'panel table-panel', 'aria-label': texts.waitsOverTime },
      element('div', { class: 'label-row' }, element('h2', {}, texts.waitsOverTime), span),
      charts,
    ),
    refresh: async () => {
      if (Date.now() - read >= STALE_MS) await ask();
    },
  };
}

function chartsOf({ queue, points }, hours, to) {
  const line = (name, field) => ({
    name,
    values: points.map((point) => ({ at: Date.parse(point.at), value: point[field] })),
  });
  const time = { from: to - hours * HOUR_MS, to, everyMs: Math.max((hours * HOUR_MS) / POINTS, POINT_MS) };
  return [
    chart({
      ...time,
      caption: texts.jobs(queue),
      lines: [line(texts.waiting, 'queued'), line(texts.running, 'processing')],
    }),
    chart({
      ...time,
      caption: texts.waits(queue),
      lines: [line(texts.theOldest, 'oldest_seconds'), line(texts.median, 'median_wait_seconds')],
      say: (seconds) => (seconds === 0 ? texts.noTime : duration(seconds)),
    }),
  ];
}
