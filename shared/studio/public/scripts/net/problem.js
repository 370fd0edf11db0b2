// What went wrong, and what a person can do about it.

import { count, credits } from '../base/format.js';
import { MAX_PROMPT_CHARACTERS } from './tables.generated.js';

/** What the page itself has to say; has the fields that an error of the client package has. */
export class Problem extends Error {
  constructor({ code, message, status = 0, retryable = false, suggestedAction, details = {} }) {
    super(message);
    Object.assign(this, { code, status, retryable, suggestedAction, details });
  }
}

/** No answer at all. */
export function noAnswer() {
  return new Problem({ code: 'network', message: 'The service could not be reached.', retryable: true });
}

// The service's own words are for programs; these say the same to people. What is not here says it well itself.
const FIELDS = {
  prompt: `A prompt has at most ${count(MAX_PROMPT_CHARACTERS)} characters.`,
  seed: `A seed is a whole number up to ${count(Number.MAX_SAFE_INTEGER)}; without one, it is random.`,
  num_images: 'So many pictures cannot be made at once.',
  references: 'A reference image can no longer be used. Remove it and add it again.',
  title: 'This title is too long.',
};
const WORDS = {
  empty_prompt: ['Write a prompt first.'],
  content_policy: [undefined, 'Change the prompt and submit again. Nothing was charged.'],
  insufficient_credits: ['You have not enough credits.', 'Order fewer or faster ones.'],
  too_many_active_jobs: [
    'You have as many unfinished jobs as you can have.',
    'Wait until a job has finished, or cancel one.',
  ],
  rate_limited: ['That was a lot in a short time.'],
  queue_full: ['More people order than can be served right now.'],
  unauthorized: ['Your sign-in has ended.', 'Sign in again to go on.'],
  account_suspended: ['This account cannot order at the moment.', 'Write to those who run this service.'],
  forbidden: ['You are not allowed to do this.'],
  not_found: ['This is no longer there.'],
  state_conflict: ['This is not possible any more: things have moved on.', 'Reload the page to see how they stand.'],
  payload_too_large: ['This is too much at once.', 'Shorten the prompt.'],
  upload_failed: ['The reference image could not be uploaded.', 'Try again, or choose another file.'],
  invalid_request: ['The service could not do anything with this.', 'Reload the page and try again.'],
  unknown_job_type: ['The service no longer makes this.', 'Reload the page to see what it makes now.'],
  internal: ['Something went wrong at the service.', 'Try again in a moment.'],
  misconfigured: ['The service is not set up for this.', 'Tell those who run it.'],
};
const PASSING = new Set(['network', 'timeout', 'unavailable', 'invalid_answer']);
const DEFAULT_WAIT_SECONDS = 30;

/** Two sentences for people: what happened, and what to do. `isOrder` says that it was an order that met it. */
export function explain(problem, { isOrder = false } = {}) {
  const { code, message, details = {}, retryAfterSeconds } = problem;
  if (PASSING.has(code)) return explainAbsence(isOrder);
  if (code === undefined) return { what: 'Something went wrong on this page.', action: 'Reload it and try again.' };
  const [what = message, action = problem.suggestedAction] = WORDS[code] ?? [];
  if (code === 'insufficient_credits' && details.required !== undefined)
    return { what: `This costs ${credits(details.required)} and you have ${details.balance ?? 0}.`, action };
  if (code === 'rate_limited' || code === 'queue_full')
    return { what, action: `Try again in ${retryAfterSeconds ?? DEFAULT_WAIT_SECONDS} seconds.` };
  if (code === 'state_conflict' && details.field === 'references')
    return {
      what: 'You have as many reference images as you can have.',
      action: 'Use one of an earlier order: those that no order uses go after a month.',
    };
  const field = FIELDS[fieldOf(problem)];
  return code === 'invalid_request' && field ? { what: field, action: undefined } : { what, action };
}

/** The field of the form that a problem is about: `prompt`, `seed` and so on. */
export function fieldOf({ code, details = {} }) {
  if (code === 'content_policy' || code === 'empty_prompt') return 'prompt';
  return details.field
    ?.split('.')
    .filter((part) => part !== 'metadata')[0]
    .replace(/\[.*/, '');
}

/** Whether it goes by itself when the network is back. */
export function isPassing({ code }) {
  return PASSING.has(code);
}

function explainAbsence(isOrder) {
  return {
    what: isOffline() ? 'You are offline.' : 'The service could not be reached.',
    action: `Try again ${isOffline() ? 'when you are back' : 'in a moment'}.${isOrder ? ' Nothing is ordered twice.' : ''}`,
  };
}

function isOffline() {
  return globalThis.navigator?.onLine === false;
}
