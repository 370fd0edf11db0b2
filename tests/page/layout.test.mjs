// Where the library puts its pictures.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boxesOf, heightOf, neighbourOf, rangeIn } from '../../shared/studio/public/scripts/library/layout.js';

const PORTRAIT = 480 / 832;
const SPACE = { width: 1000, target: 200, gap: 8 };
const mixed = (count) => Array.from({ length: count }, (_, index) => (index % 3 === 0 ? PORTRAIT : 1));

test('rows fill the width, keep proportions, and do not overlap', () => {
  const ratios = mixed(1_000);
  const boxes = boxesOf(ratios, SPACE);
  assert.equal(boxes.length, ratios.length);
  for (const [place, box] of boxes.entries()) assert.ok(Math.abs(box.width / box.height - ratios[place]) < 1e-9);
  const rows = [...Map.groupBy(boxes, ({ row }) => row).values()];
  for (const row of rows.slice(0, -1)) {
    const last = row.at(-1);
    assert.ok(Math.abs(last.left + last.width - SPACE.width) < 1e-6);
    assert.ok(last.height >= SPACE.target && last.height < SPACE.target * 1.5, `${last.height}`);
  }
  for (const [index, row] of rows.slice(1).entries())
    assert.ok(Math.abs(row[0].top - (rows[index][0].top + rows[index][0].height + SPACE.gap)) < 1e-6);
  assert.equal(boxesOf([1], SPACE)[0].height, SPACE.target, 'a last row is not stretched');
  assert.equal(boxesOf([9], SPACE)[0].width, SPACE.width, 'what is wider than the window is made smaller');
  assert.deepEqual([boxesOf([], SPACE), heightOf([])], [[], 0]);
});

test('what is in sight is found, and the neighbours above and below', () => {
  const boxes = boxesOf(mixed(10_000), SPACE);
  const [first, last] = rangeIn(boxes, 5_000, 6_000);
  const isSeen = ({ top, height }) => top + height >= 5_000 && top <= 6_000;
  assert.deepEqual(
    [first - 1, first, last, last + 1].map((place) => isSeen(boxes[place])),
    [false, true, true, false],
  );
  assert.ok(last - first < 60);
  assert.equal(rangeIn(boxes, -500, -1), undefined);
  assert.equal(rangeIn(boxes, heightOf(boxes) + 1, heightOf(boxes) + 9), undefined);
  const below = neighbourOf(boxes, 2, 1);
  assert.equal(boxes[below].row, boxes[2].row + 1);
  const middle = (place) => boxes[place].left + boxes[place].width / 2;
  for (const other of [below - 1, below + 1])
    assert.ok(Math.abs(middle(other) - middle(2)) >= Math.abs(middle(below) - middle(2)));
  assert.equal(neighbourOf(boxes, 0, -1), 0);
  assert.equal(neighbourOf(boxes, boxes.length - 1, 1), boxes.length - 1);
});
