// Where the keyboard goes on when what had the focus goes away.

let path = [];

/**
 * From now on: what is taken out, hidden or disabled while it has the focus leaves it to the nearest place around it
 * that has a `tabindex`, else to the whole content.
 */
export function keepFocus() {
  addEventListener('focusin', (event) => {
    path = event.composedPath().filter((node) => node instanceof HTMLElement);
  });
  // Afterwards, so that whoever takes something away may say themselves where to go on.
  addEventListener('focusout', () => setTimeout(goOn));
  addEventListener('click', stopAtRest, { capture: true });
}

function goOn() {
  const [left, ...around] = path;
  // Who has only looked elsewhere finds it where it was.
  if (document.activeElement !== document.body || !left || canHaveFocus(left)) return;
  const next = around.find((node) => node.hasAttribute('tabindex') && canHaveFocus(node));
  (next ?? document.getElementById('main'))?.focus({ preventScroll: true });
}

function canHaveFocus(node) {
  return node.checkVisibility() && !node.disabled;
}

/** Gives the focus back, to what has the same `data-key` where rows were made anew meanwhile. */
export function goBackTo(node) {
  const again = node.isConnected ? node : document.querySelector(`[data-key="${CSS.escape(node.dataset.key ?? '')}"]`);
  again?.focus({ preventScroll: true });
}

/** Says of a button that it cannot be pressed for now, or can be again. Disabling it would take the focus from it. */
export function rest(button, isResting) {
  button.ariaDisabled = isResting ? 'true' : null;
}

/** Does `work`, while the buttons rest. */
export async function whileResting(buttons, work) {
  for (const button of buttons) rest(button, true);
  try {
    await work();
  } finally {
    for (const button of buttons) rest(button, false);
  }
}

// A form that is sent by Enter clicks its button, too.
function stopAtRest(event) {
  if (!event.target.closest('[aria-disabled="true"]')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}
