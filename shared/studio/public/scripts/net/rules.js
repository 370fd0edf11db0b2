// The edge's own rules as wasm. Without it the page still works: the edge checks everything anyway, and this
// module then only knows which job types there are; prices, times and sizes stay open.

import { loadRules as loadClientRules, loadTokens as loadClientTokens } from '/client/index.js';
import { JOB_TYPES } from './tables.generated.js';

/** Loads the rules. Never throws: `available` says whether they could be loaded. */
export async function loadRules() {
  try {
    const { jobTypes, validateJob, negativePrompt, checkPolicy } = await loadClientRules();
    return { available: true, jobTypes: jobTypes(), validateJob, negativePrompt, checkPolicy, loadTokens };
  } catch (error) {
    console.info('The rules could not be loaded; the server checks alone.', error);
    return {
      available: false,
      jobTypes: JOB_TYPES,
      validateJob: () => undefined,
      negativePrompt: () => undefined,
      checkPolicy: () => undefined,
      loadTokens: async () => undefined,
    };
  }
}

// The function that counts, or undefined where it cannot be loaded: the meter then counts characters. Twice the size
// of all other rules, so it is loaded when somebody writes a prompt that needs it.
async function loadTokens() {
  try {
    return (await loadClientTokens()).promptTokens;
  } catch (error) {
    console.info('Tokens are not counted.', error);
    return undefined;
  }
}
