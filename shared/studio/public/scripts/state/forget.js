// What this browser keeps of a person: earlier prompts, drafts, what was put away. All of it is named after them.

/** Forgets it. */
export function forget(userId) {
  for (const storage of [() => localStorage, () => sessionStorage]) {
    try {
      for (const name of Object.keys(storage())) if (name.endsWith(`.${userId}`)) storage().removeItem(name);
    } catch {
      // A browser that forbids storage has kept nothing.
    }
  }
}
