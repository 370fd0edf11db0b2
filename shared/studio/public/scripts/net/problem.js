// What went wrong, and what a person can do about it.

import { count, credits } from '../base/format.js';
import { texts } from '../texts/problems.js';
import { MAX_NEGATIVE_PROMPT_CHARACTERS, MAX_PROMPT_CHARACTERS } from './tables.generated.js';

/** What the page itself has to say; has the fields that an error of the client package has. */
export class Problem extends Error {
  constructor({ code, message, status = 0, retryable = false, suggestedAction, details = {} }) {
    super(message);
    Object.assign(this, { code, status, retryable, suggestedAction, details });
  }
}

/** No answer at all. */
export function noAnswer() {
  return new Problem({ code: 'network', message: texts.away[0], retryable: true });
}

const MOST = {
  prompt: MAX_PROMPT_CHARACTERS,
  negative_prompt: MAX_NEGATIVE_PROMPT_CHARACTERS,
  seed: Number.MAX_SAFE_INTEGER,
};
const PASSING = new Set(['network', 'timeout', 'unavailable', 'invalid_answer']);
const DEFAULT_WAIT_SECONDS = 30;

/** Two sentences for people: what happened, and what to do. `isOrder` says that it was an order that met it. */
export function explain(problem, { isOrder = false } = {}) {
  const { code, message, details = {}, retryAfterSeconds } = problem;
  if (PASSING.has(code)) return explainAbsence(isOrder);
  if (code === undefined) return sentences(texts.ofPage);
  const [what = message, action = problem.suggestedAction] = texts.words[code] ?? [];
  if (code === 'insufficient_credits' && details.required !== undefined)
    return { what: texts.costs(credits(details.required), count(details.balance ?? 0)), action };
  if (code === 'rate_limited' || code === 'queue_full')
    return { what, action: texts.waitSeconds(count(retryAfterSeconds ?? DEFAULT_WAIT_SECONDS)) };
  if (code === 'state_conflict' && details.field === 'references') return sentences(texts.tooManyReferences);
  if (code === 'state_conflict' && details.field === 'add_tags')
    return sentences(texts.tooManyTags(count(details.limit)));
  if (code === 'state_conflict' && details.field === 'tags')
    return sentences(texts.tooManyOwnTags(count(details.limit)));
  const field = textOf(fieldOf(problem));
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
  const { what, action } = sentences(isOffline() ? texts.offline : texts.away);
  return { what, action: isOrder ? `${action} ${texts.orderedOnce}` : action };
}

function sentences([what, action]) {
  return { what, action };
}

// What a field takes, with its bound where it has one.
function textOf(field) {
  const text = texts.fields[field];
  return typeof text === 'function' ? text(count(MOST[field])) : text;
}

function isOffline() {
  return globalThis.navigator?.onLine === false;
}
