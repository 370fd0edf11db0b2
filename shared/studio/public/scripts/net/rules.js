// The edge's own rules as wasm. Without it the page still works: the edge checks everything anyway, and this
// module then only knows the names of the job types.

import { loadRules as loadClientRules, loadTokens as loadClientTokens } from '/client/index.js';

const NAMES = [
  'sdxl_image_fast',
  'sdxl_image_high',
  'image_fast',
  'image_high',
  'video_fast',
  'video_high',
  'image7b_fast_enhanced',
  'image7b_high_enhanced',
  'video7b_fast_enhanced',
  'video7b_high_enhanced',
];

/** Loads the rules. Never throws: `available` says whether they could be loaded. */
export async function loadRules() {
  try {
    const { jobTypes, validateJob, negativePrompt, checkPolicy } = await loadClientRules();
    return { available: true, jobTypes: jobTypes(), validateJob, negativePrompt, checkPolicy, loadTokens };
  } catch (error) {
    console.info('The rules could not be loaded; the server checks alone.', error);
    return {
      available: false,
      jobTypes: NAMES.map(fromName),
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

// A name says what the picker needs; prices, times and sizes stay open.
function fromName(jobType) {
  const model = jobType.startsWith('sdxl') ? 'sdxl' : 'wan';
  return {
    jobType,
    model,
    format: jobType.startsWith('video') ? 'video' : 'image',
    quality: jobType.includes('fast') ? 'fast' : 'high',
    enhanced: jobType.endsWith('enhanced'),
    queue: `${model}_queue`,
    batches: (model === 'sdxl' ? [1, 3, 6] : [1]).map((numImages) => ({ numImages })),
  };
}
