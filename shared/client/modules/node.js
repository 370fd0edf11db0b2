// The entry for Node and Deno: the rules are read from the package's folder.

/** @import { Rules, Tokens, UserOptions } from './types.js' */

import { readFile } from 'node:fs/promises';
import { Client } from './client.js';
import * as rules from './rules.js';

export * from './exports.js';

const source = (/** @type {string} */ file) => readFile(new URL(file, import.meta.url));

/** @returns {Promise<Rules>} */
export function loadRules() {
  return rules.loadRules(source);
}

/** @returns {Promise<Tokens>} */
export function loadTokens() {
  return rules.loadTokens(source);
}

/**
 * @param {UserOptions} options
 * @returns {Client}
 */
export function createClient(options) {
  return new Client({ loadRules, loadTokens, ...options });
}
