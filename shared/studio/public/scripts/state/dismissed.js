// The jobs whose cards somebody has put away, of this browser: nothing is lost by seeing one again elsewhere.

const STORED_AS = 'ourvidz.dismissed';
// Older ones are pages away from the top of the list.
const MOST = 500;

/** `has(id)` and `add(id)` for one user. */
export function dismissedOf(userId) {
  const name = `${STORED_AS}.${userId}`;
  const ids = new Set(read(name));
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id);
      try {
        localStorage.setItem(name, JSON.stringify([...ids].slice(-MOST)));
      } catch {
        // Without storage it is back after a reload.
      }
    },
  };
}

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? [];
  } catch {
    return [];
  }
}
