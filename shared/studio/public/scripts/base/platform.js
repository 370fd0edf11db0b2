// What the keyboard before us is like.

// The newer of the two says nothing but this, and not every browser has it.
const IS_MAC = /mac|iphone|ipad/i.test(navigator.userAgentData?.platform || navigator.platform);

/** The key that makes a command of another one, as it is printed. */
export const COMMAND = IS_MAC ? 'Cmd' : 'Ctrl';

/** The key that deletes, as it is printed. */
export const DELETE = IS_MAC ? '⌫' : 'Del';

/** What the key of an event is for: the only one on a Mac that deletes calls itself Backspace. */
export function keyOf({ key }) {
  return IS_MAC && key === 'Backspace' ? 'Delete' : key;
}
