// A line over time.

import { element } from '../base/dom.js';
import { count, moment } from '../base/format.js';
import { texts } from '../texts/admin.js';

const SVG = 'http://www.w3.org/2000/svg';
const SIZE = { width: 600, height: 120 };
// A hole of more than three points is a hole: nobody looked then.
const HOLE = 3;

/**
 * A picture of `lines`, `[{ name, values: [{ at, value }] }]`, from one moment to another, both in milliseconds, with a point
 * about every `everyMs`. `say(value)` is a value in words; the caption says the last and the highest of each.
 */
export function chart({ caption, lines, from, to, everyMs, say = count }) {
  const most = Math.max(...lines.flatMap(({ values }) => values.map(({ value }) => value ?? 0)), 1);
  const picture = svg('svg', {
    class: 'chart-lines',
    viewBox: `0 0 ${SIZE.width} ${SIZE.height}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': [caption, ...lines.map((line) => inWords(line, say))].join('. '),
  });
  for (const { values } of lines) {
    const x = ({ at }) => ((at - from) / (to - from)) * SIZE.width;
    const y = ({ value }) => SIZE.height - 1 - (value / most) * (SIZE.height - 2);
    picture.append(svg('path', { d: pathOf(values, { x, y, holeMs: everyMs * HOLE }) }));
  }
  const time = (at) => element('span', {}, moment(new Date(at)));
  return element(
    'figure',
    { class: 'chart' },
    element(
      'figcaption',
      {},
      element('strong', {}, caption),
      lines.map((line) => element('span', { class: 'chart-key small muted numbers' }, inWords(line, say))),
    ),
    picture,
    element('div', { class: 'label-row small muted', 'aria-hidden': 'true' }, time(from), time(to)),
  );
}

function pathOf(values, { x, y, holeMs }) {
  let before = null;
  return values
    .filter(({ value }) => value !== null)
    .map((point) => {
      const isNext = before !== null && point.at - before.at <= holeMs;
      before = point;
      const place = `${x(point).toFixed(1)} ${y(point).toFixed(1)}`;
      // A point that stands alone is a dot.
      return isNext ? `L${place}` : `M${place}h.01`;
    })
    .join('');
}

function inWords({ name, values }, say) {
  const known = values.filter(({ value }) => value !== null);
  if (known.length === 0) return texts.lineNone(name);
  const most = known.reduce((highest, point) => (point.value > highest.value ? point : highest));
  return texts.lineInWords(name, say(known.at(-1).value), say(most.value), moment(new Date(most.at)));
}

function svg(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}
