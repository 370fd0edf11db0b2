// Steps in lanes: those of one lane follow each other, and the lanes run side by side.

/**
 * Does every step with `carryOut`, and resolves to what it returns for each, in the order in which they ended. A step
 * may name others that have to be done first (`after`); those that are not among `steps` count as done.
 */
export async function inLanes(steps, carryOut) {
  const ends = new Map(steps.map(({ name }) => [name, later()]));
  const results = [];
  const lanes = [...new Set(steps.map(({ lane }) => lane))];
  await Promise.all(
    lanes.map(async (lane) => {
      for (const step of steps.filter((each) => each.lane === lane)) {
        await Promise.all((step.after ?? []).map((name) => ends.get(name)?.promise));
        results.push(await carryOut(step));
        ends.get(step.name).resolve();
      }
    }),
  );
  return results;
}

function later() {
  let resolve;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
