// Looking closer: wheel, double click, two fingers or keys enlarge a picture, dragging and keys move it.

const LARGEST = 8;
const STEP = 1.5;
// How much of the frame a key moves it by.
const MOVE = 0.2;
// How much of a turn of the wheel doubles the size.
const WHEEL_DOUBLES = 400;

/**
 * Makes `picture` in `frame` zoomable. Gives `by(direction)`,
 * `move(right, down)` to what lies there, `reset()`, `isLarge` and `stop()`; `changed()` is called after each change.
 */
export function zoomable(frame, picture, changed = () => {}) {
  let scale = 1;
  let x = 0;
  let y = 0;
  const pointers = new Map();
  const stopped = new AbortController();
  const listen = (name, listener, options) =>
    frame.addEventListener(name, listener, { signal: stopped.signal, ...options });

  const apply = () => {
    const room = { x: (frame.clientWidth * (scale - 1)) / 2, y: (frame.clientHeight * (scale - 1)) / 2 };
    x = Math.min(Math.max(x, -room.x), room.x);
    y = Math.min(Math.max(y, -room.y), room.y);
    picture.style.transform = scale === 1 ? '' : `translate(${x}px, ${y}px) scale(${scale})`;
    frame.dataset.large = scale > 1;
    changed();
  };
  // What is under the pointer stays there.
  const scaleTo = (next, at = middle()) => {
    const wanted = Math.min(Math.max(next, 1), LARGEST);
    const center = middle();
    const ratio = wanted / scale;
    x = (at.x - center.x) * (1 - ratio) + x * ratio;
    y = (at.y - center.y) * (1 - ratio) + y * ratio;
    scale = wanted;
    apply();
  };
  const middle = () => {
    const box = frame.getBoundingClientRect();
    return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  };
  const pointOf = ({ clientX, clientY }) => ({ x: clientX, y: clientY });
  const spread = () => {
    const [one, other] = [...pointers.values()];
    return { size: Math.hypot(one.x - other.x, one.y - other.y), x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
  };

  listen(
    'wheel',
    (event) => {
      event.preventDefault();
      scaleTo(scale * 2 ** (-event.deltaY / WHEEL_DOUBLES), pointOf(event));
    },
    { passive: false },
  );
  listen('dblclick', (event) =>
    scaleTo(scale > 1 ? 1 : picture.naturalWidth / picture.clientWidth || 2, pointOf(event)),
  );
  listen('pointerdown', (event) => {
    pointers.set(event.pointerId, pointOf(event));
    if (scale > 1 || pointers.size === 2) frame.setPointerCapture(event.pointerId);
  });
  listen('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const spreadBefore = pointers.size === 2 ? spread() : null;
    pointers.set(event.pointerId, pointOf(event));
    if (spreadBefore) {
      const now = spread();
      scaleTo((scale * now.size) / spreadBefore.size, now);
    } else if (scale > 1) {
      x += event.clientX - before.x;
      y += event.clientY - before.y;
      apply();
    }
  });
  for (const name of ['pointerup', 'pointercancel']) listen(name, ({ pointerId }) => pointers.delete(pointerId));

  return {
    by: (direction) => scaleTo(scale * STEP ** direction),
    move(right, down) {
      x -= right * MOVE * frame.clientWidth;
      y -= down * MOVE * frame.clientHeight;
      apply();
    },
    reset: () => scaleTo(1),
    get isLarge() {
      return scale > 1;
    },
    stop: () => stopped.abort(),
  };
}
