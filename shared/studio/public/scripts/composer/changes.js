// What is new in a text.

/** The pieces of `after`, each with whether `before` lacks it: the longest common run of words stays. */
export function changes(before, after) {
  const words = after.split(/(?<=\s)/);
  const old = before.split(/(?<=\s)/).map(bare);
  const fresh = words.map(bare);
  // lengths[i][j]: how many words old[i..] and fresh[j..] have in common, in order.
  const lengths = Array.from({ length: old.length + 1 }, () => new Uint16Array(fresh.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      lengths[i][j] = old[i] === fresh[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const pieces = [];
  let i = 0;
  words.forEach((text, j) => {
    while (i < old.length && old[i] !== fresh[j] && lengths[i + 1][j] >= lengths[i][j + 1]) i += 1;
    const isNew = !(i < old.length && old[i] === fresh[j]);
    if (!isNew) i += 1;
    const last = pieces.at(-1);
    if (last?.isNew === isNew) last.text += text;
    else pieces.push({ text, isNew });
  });
  return pieces;
}

// A comma that was put behind a word does not make it another word.
function bare(word) {
  return word
    .trim()
    .replace(/[,.;:!?]+$/, '')
    .toLowerCase();
}
