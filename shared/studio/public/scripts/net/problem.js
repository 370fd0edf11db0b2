// What went wrong, and what a person can do about it.

/** A refusal or failure: the edge's own code and text, or `offline` when nothing answered. */
export class Problem extends Error {
  constructor({ code, message, status = 0, retryable = false, suggestedAction, details, requestId, retryAfterSeconds }) {
    super(message);
    Object.assign(this, { code, status, retryable, suggestedAction, details, requestId, retryAfterSeconds });
  }
}

/** No answer at all: whether the request took effect is unknown. */
export function noAnswer() {
  const offline = navigator.onLine === false;
  return new Problem({
    code: 'offline',
    message: offline ? 'You are offline.' : 'The service can’t be reached.',
    retryable: true,
    suggestedAction: 'Try again when you are back online. Nothing is ordered twice.',
  });
}

/** The problem in an answer that is not a success. */
export async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  return new Problem({
    code: body.code ?? 'internal',
    message: body.error ?? body.message ?? `The service answered ${response.status}.`,
    status: response.status,
    retryable: body.retryable ?? response.status >= 500,
    suggestedAction: body.suggestedAction,
    details: body.details,
    requestId: body.requestId ?? response.headers.get('x-request-id') ?? undefined,
    retryAfterSeconds: seconds(response.headers.get('retry-after')),
  });
}

/** Two sentences for people: what happened, and what to do. */
export function explain(problem) {
  const { code, message, details = {}, suggestedAction } = problem;
  switch (code) {
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
    default:
  }
  return { what: message, action: suggestedAction };
}

function credits(number) {
  return `${number} ${number === 1 ? 'credit' : 'credits'}`;
}

function seconds(header) {
  const number = Number(header);
  return header !== null && Number.isFinite(number) ? number : undefined;
}
