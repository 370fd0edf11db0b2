// How a number went since the page was opened, as a line.

const SVG = 'http://www.w3.org/2000/svg';
const SIZE = { width: 160, height: 36 };
// At five seconds a look, ten minutes.
const KEPT = 120;

/** `add(value)` and `node`, a picture whose name says the last value. */
export function historyOf(label) {
  const values = [];
  const node = document.createElementNS(SVG, 'svg');
  node.setAttribute('viewBox', `0 0 ${SIZE.width} ${SIZE.height}`);
  node.setAttribute('class', 'history-line');
  node.setAttribute('role', 'img');
  const line = document.createElementNS(SVG, 'polyline');
  node.append(line);
  return {
    node,
    add(value) {
      values.push(value);
      if (values.length > KEPT) values.shift();
      const most = Math.max(...values, 1);
      const points = values.map((each, index) => [
        values.length === 1 ? 0 : (index / (values.length - 1)) * SIZE.width,
        SIZE.height - 1 - (each / most) * (SIZE.height - 2),
      ]);
      line.setAttribute('points', points.map((point) => point.map((each) => each.toFixed(1)).join()).join(' '));
      node.setAttribute('aria-label', `${label}: ${value} now, ${most} at most since the page was opened`);
    },
  };
}
