// Deleting with a way back: what was deleted within a short while is one message, and one undo takes the last step back.

import { toast } from '../base/announce.js';
import { count as numberOf } from '../base/format.js';
import { texts } from '../texts/shell.js';

/** `remove(assets)` and `undo()`, which gives whether there was something to undo. */
export function deletions(keeper) {
  // Each step of what can still be undone, the oldest first.
  let steps = [];
  let shown = null;

  const finish = (then) => {
    const assets = steps.flat();
    steps = [];
    shown = null;
    then(assets);
  };
  const show = () => {
    const count = steps.flat().length;
    const text = count === 1 ? texts.deleted : texts.deletedMany(numberOf(count));
    if (shown) shown.update(text);
    else
      shown = toast(text, {
        action: { label: texts.undo, run: () => finish((assets) => keeper.restore(assets)) },
        ended: () => finish((assets) => keeper.sendDeletions(assets)),
      });
  };

  return {
    remove(assets) {
      keeper.remove(assets);
      steps.push(assets);
      show();
    },
    undo() {
      const last = steps.pop();
      if (!last) return false;
      keeper.restore(last);
      if (steps.length > 0) show();
      else {
        shown.remove();
        shown = null;
      }
      return true;
    },
  };
}
