// The entry for Cloudflare Workers, where WebAssembly is compiled when the worker is deployed.

/** @import { Rules, Tokens, UserOptions } from './types.js' */

import { Client } from './client.js';
import rulesModule from './ourvidz_client_bg.wasm';
import * as rules from './rules.js';

export * from './exports.js';

/** @returns {Promise<Rules>} */
export function loadRules() {
  return rules.loadRules(() => rulesModule);
}

/** @returns {Promise<Tokens>} */
export async function loadTokens() {
  const { default: tokensModule } = await import('./ourvidz_client_tokens_bg.wasm');
  return rules.loadTokens(() => tokensModule);
}

/**
 * @param {UserOptions} options
 * @returns {Client}
 */
export function createClient(options) {
  return new Client({ loadRules, loadTokens, ...options });
}
