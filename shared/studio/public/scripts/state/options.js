// What an order says beyond prompt, number and seed, by the names of its metadata.

const NAMES = ['aspect', 'style', 'output_format', 'output_quality'];

/** The options that a job's metadata tells of, as an order would say them. */
export function optionsOf(metadata = {}) {
  const options = Object.fromEntries(
    NAMES.filter((name) => metadata[name] !== undefined).map((name) => [name, metadata[name]]),
  );
  // What a job calls its negative prompt is the whole of it, ours included.
  const own = metadata.own_negative_prompt;
  return own ? { ...options, negative_prompt: own } : options;
}
