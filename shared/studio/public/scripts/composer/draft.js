// What somebody has typed and not ordered yet, kept over a reload of this tab.

const STORED_AS = 'ourvidz.draft';

/** `read()` and `write(draft)` for one user. */
export function draftOf(userId) {
  const name = `${STORED_AS}.${userId}`;
  return {
    read() {
      try {
        const draft = JSON.parse(sessionStorage.getItem(name));
        return typeof draft?.prompt === 'string' ? draft : null;
      } catch {
        return null;
      }
    },
    write(draft) {
      try {
        sessionStorage.setItem(name, JSON.stringify(draft));
      } catch {
        // Without storage a reload begins anew.
      }
    },
  };
}
