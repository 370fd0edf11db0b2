// Which pictures of a list are selected: one by one, or all from one to another.

/** `items()` is the list as it stands. `changed(ids)` is called with the set after each change. */
export function selectionOf(items, changed) {
  const ids = new Set();
  // Where a range begins.
  let anchor = null;
  const place = (id) => items().findIndex((item) => item.id === id);
  const finish = () => changed(ids);

  return {
    get size() {
      return ids.size;
    },
    has: (id) => ids.has(id),
    toggle(id) {
      if (!ids.delete(id)) ids.add(id);
      anchor = id;
      finish();
    },
    /** All from the last that was toggled to this one. */
    extend(id) {
      const [from, to] = [place(anchor ?? id), place(id)].sort((one, other) => one - other);
      for (const item of items().slice(Math.max(from, 0), to + 1)) ids.add(item.id);
      anchor ??= id;
      finish();
    },
    all() {
      for (const { id } of items()) ids.add(id);
      finish();
    },
    clear() {
      ids.clear();
      anchor = null;
      finish();
    },
    /** Forgets what the list has no longer. */
    prune() {
      const before = ids.size;
      const known = new Set(items().map(({ id }) => id));
      for (const id of ids) if (!known.has(id)) ids.delete(id);
      if (ids.size !== before) finish();
    },
  };
}
