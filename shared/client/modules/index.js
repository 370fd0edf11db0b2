// The client of the service, for pages and bundlers.
//
//   import { createClient } from '/client/index.js';       // on a page that the service itself serves
//   import { createClient } from 'ourvidz-client';         // from npm
//   const client = createClient({ token: () => session.token() });

/** @import { UserOptions } from './types.js' */

import { Client } from './client.js';
import { loadRules, loadTokens } from './rules.js';

export * from './exports.js';
export { loadRules, loadTokens };

/**
 * @param {UserOptions} options
 * @returns {Client}
 */
export function createClient(options) {
  return new Client({ loadRules: () => loadRules(), loadTokens: () => loadTokens(), ...options });
}
