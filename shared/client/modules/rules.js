// The edge's own rules as WebAssembly: what they say before an order is sent is what the edge would answer.

/** @import { Rules, Tokens } from './types.js' */

/** @type {Promise<Rules> | undefined} */
let rules;
/** @type {Promise<Tokens> | undefined} */
let tokens;

/**
 * Loads the rules once. How the module's bytes are had differs: pages fetch them, Node reads a file, and
 * Workers import a compiled module. `source` gives what the runtime needs for this file; pages need nothing.
 * @param {(file: string) => unknown} [source]
 * @returns {Promise<Rules>}
 */
export function loadRules(source) {
  rules ??= load(import('./ourvidz_client.js'), 'ourvidz_client_bg.wasm', source).catch((error) => {
    // What failed for want of a network may work the next time.
    rules = undefined;
    throw error;
  });
  return rules;
}

/**
 * The same for CLIP's tokenizer, which outweighs all other rules together.
 * @param {(file: string) => unknown} [source]
 * @returns {Promise<Tokens>}
 */
export function loadTokens(source) {
  tokens ??= load(import('./ourvidz_client_tokens.js'), 'ourvidz_client_tokens_bg.wasm', source).catch((error) => {
    tokens = undefined;
    throw error;
  });
  return tokens;
}

/**
 * @template {{ default: (options?: any) => Promise<unknown> }} T
 * @param {Promise<T>} loading
 * @param {string} file
 * @param {((file: string) => unknown) | undefined} source
 * @returns {Promise<T>}
 */
async function load(loading, file, source) {
  const module = await loading;
  const input = await source?.(file);
  await module.default(input === undefined ? undefined : { module_or_path: input });
  return module;
}
