// Where pictures go that stand side by side in rows: each as wide as its shape asks for, and no row with a gap at its end.

/**
 * Boxes `{ left, top, width, height }` in the order of `ratios` (width by height), with the number of their row. A row takes
 * what fits at `target`'s height, and grows until it fills `width`; the last one stays as it is.
 */
export function boxesOf(ratios, { width, target, gap }) {
  const boxes = [];
  let top = 0;
  let row = 0;
  for (let first = 0; first < ratios.length; row += 1) {
    let end = first;
    let sum = 0;
    while (end < ratios.length && (end === first || spanOf(sum + ratios[end], end - first, target, gap) <= width)) {
      sum += ratios[end];
      end += 1;
    }
    const full = (width - (end - first - 1) * gap) / sum;
    const height = end === ratios.length ? Math.min(full, target) : full;
    let left = 0;
    for (const ratio of ratios.slice(first, end)) {
      boxes.push({ left, top, width: ratio * height, height, row });
      left += ratio * height + gap;
    }
    top += height + gap;
    first = end;
  }
  return boxes;
}

function spanOf(sum, gaps, target, gap) {
  return sum * target + gaps * gap;
}

/** How high all of them are together. */
export function heightOf(boxes) {
  const last = boxes.at(-1);
  return last ? last.top + last.height : 0;
}

/** The first and the last place, both included, of what is between two heights; undefined where there is nothing. */
export function rangeIn(boxes, from, to) {
  const first = firstWhere(boxes, ({ top, height }) => top + height >= from);
  const last = firstWhere(boxes, ({ top }) => top > to) - 1;
  return first <= last ? [first, last] : undefined;
}

/** The one above or below: of the next row, that whose middle is nearest. */
export function neighbourOf(boxes, at, direction) {
  const row = boxes[at].row + direction;
  const middle = ({ left, width }) => left + width / 2;
  let best = at;
  for (let place = firstWhere(boxes, (box) => box.row >= row); boxes[place]?.row === row; place += 1) {
    const distance = (index) => Math.abs(middle(boxes[index]) - middle(boxes[at]));
    if (best === at || distance(place) < distance(best)) best = place;
  }
  return best;
}

// Both tops and rows grow, so halving finds the place.
function firstWhere(boxes, isBehind) {
  let [from, to] = [0, boxes.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (isBehind(boxes[middle])) to = middle;
    else from = middle + 1;
  }
  return from;
}
