// The shape of what is made, before there is any of it.

import { ASPECTS } from '../net/tables.generated.js';

/** The shapes of a job type as `{ name, width, height }`; the first is made where an order names none. */
export function shapesOf(jobType) {
  return ASPECTS[jobType?.startsWith('sdxl') ? 'sdxl' : 'wan'];
}

/** Width by height: as it was made where the metadata says so, else as it was ordered. */
export function ratioOf(jobType, { aspect, width, height } = {}) {
  if (width > 0 && height > 0) return width / height;
  const shapes = shapesOf(jobType);
  const shape = shapes.find(({ name }) => name === aspect) ?? shapes[0];
  return shape.width / shape.height;
}
