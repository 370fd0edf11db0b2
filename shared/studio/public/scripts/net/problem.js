// What went wrong, and what a person can do about it.

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

/** Two sentences for people: what happened, and what to do. `isOrder` says that it was an order that met it. */
export function explain(problem, { isOrder = false } = {}) {
  const { code, message, details = {}, suggestedAction } = problem;
  switch (code) {
    case 'network':
    case 'timeout':
    case 'unavailable':
      return {
        what: isOffline() ? 'You are offline.' : message,
        action: `Try again ${isOffline() ? 'when you are back' : 'in a moment'}.${isOrder ? ' Nothing is ordered twice.' : ''}`,
      };
    case 'insufficient_credits':
      if (details.required === undefined) break;
      return {
        what: `This costs ${credits(details.required)} and you have ${details.balance ?? 0}.`,
        action: 'Order fewer or faster ones, or add credits.',
      };
    case 'content_policy':
      return { what: message, action: 'Change the prompt and submit again. Nothing was charged.' };
    case 'too_many_active_jobs':
      return { what: message, action: 'Wait until a job has finished, or cancel one.' };
    case 'rate_limited':
    case 'queue_full':
      return { what: message, action: `Try again in ${problem.retryAfterSeconds ?? 30} seconds.` };
    case 'unauthorized':
      return { what: 'Your sign-in has ended.', action: 'Sign in again to go on.' };
    case 'upload_failed':
      return { what: 'The reference image could not be uploaded.', action: 'Try again, or choose another file.' };
    case undefined:
      return { what: 'Something went wrong on this page.', action: 'Reload it and try again.' };
    default:
  }
  return { what: message, action: suggestedAction };
}

function isOffline() {
  return globalThis.navigator?.onLine === false;
}

function credits(number) {
  return `${number} ${number === 1 ? 'credit' : 'credits'}`;
}
