// What went wrong, in one class: the edge's own code and words, or what kept an answer from coming.

/** @import { ErrorCode, ErrorFields, Problem } from './types.js' */

/** @type {ReadonlySet<string>} After these a request may or may not have been carried out. */
const UNKNOWN_OUTCOMES = new Set([
  'network',
  'timeout',
  'invalid_answer',
  'internal',
  'unavailable',
  'idempotency_in_progress',
]);

/** @type {Readonly<Record<number, ErrorCode>>} For answers that are not the edge's: a proxy's page has a status and no code. */
const CODES = {
  401: 'unauthorized',
  402: 'insufficient_credits',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'timeout',
  409: 'state_conflict',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  500: 'internal',
  504: 'timeout',
};

/** Every failure that this package reports, except an abort: that is thrown as the signal's own reason. */
export class OurVidzError extends Error {
  /** @param {ErrorFields} fields */
  constructor({
    code,
    message,
    status = 0,
    retryable = false,
    suggestedAction,
    details,
    requestId,
    retryAfterSeconds,
    cause,
  }) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'OurVidzError';
    /** Why, for programs. @type {ErrorCode} */
    this.code = code;
    /** The HTTP status; 0 when there was no answer. @type {number} */
    this.status = status;
    /** Whether the very same request can succeed later. @type {boolean} */
    this.retryable = retryable;
    /** What a person can do about it. @type {string | undefined} */
    this.suggestedAction = suggestedAction;
    /** Names of fields, limits, amounts. @type {Readonly<Record<string, unknown>>} */
    this.details = details ?? {};
    /** What the operator finds the request by; absent when it was refused before it was sent. @type {string | undefined} */
    this.requestId = requestId;
    /** How long the edge asks to wait. @type {number | undefined} */
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Whether the request may have been carried out although there is no good answer: only the same Idempotency-Key is safe. */
  get outcomeUnknown() {
    return UNKNOWN_OUTCOMES.has(this.code);
  }
}

/**
 * No answer at all.
 * @param {unknown} cause
 */
export function noAnswer(cause) {
  return new OurVidzError({
    code: 'network',
    message: 'The service could not be reached.',
    retryable: true,
    suggestedAction: 'Check the connection and try again.',
    cause,
  });
}

/** No answer in time. */
export function tooSlow() {
  return new OurVidzError({
    code: 'timeout',
    message: 'The service did not answer in time.',
    retryable: true,
    suggestedAction: 'Try again after a short while.',
  });
}

/**
 * A success that cannot be read: a captive portal, or a proxy that cut it off.
 * @param {Response} response
 * @param {unknown} [cause]
 */
export function unreadable(response, cause) {
  return new OurVidzError({
    code: 'invalid_answer',
    message: 'The answer could not be read.',
    status: response.status,
    retryable: true,
    suggestedAction: 'Try again after a short while.',
    requestId: response.headers.get('x-request-id') ?? undefined,
    cause,
  });
}

/**
 * What the edge would answer, found out before anything was sent.
 * @param {Problem} problem
 */
export function refusedHere(problem) {
  return new OurVidzError({ ...problem, code: /** @type {ErrorCode} */ (problem.code) });
}

/**
 * The error of an answer that is not a success.
 * @param {Response} response
 */
export async function errorOf(response) {
  const body = await response.json().catch(() => undefined);
  return errorOfBody(body, response.status, response.headers);
}

/**
 * @param {unknown} body
 * @param {number} status
 * @param {Headers} [headers]
 */
export function errorOfBody(body, status, headers) {
  const fields = /** @type {Record<string, any>} */ (typeof body === 'object' && body !== null ? body : {});
  return new OurVidzError({
    code: fields.code ?? CODES[status] ?? (status >= 500 ? 'unavailable' : 'invalid_request'),
    message: fields.error ?? `The service answered ${status}.`,
    status,
    retryable: fields.retryable ?? (status === 408 || status === 429 || status >= 500),
    suggestedAction: fields.suggestedAction,
    details: fields.details,
    requestId: fields.requestId ?? headers?.get('x-request-id') ?? undefined,
    retryAfterSeconds: secondsUntil(headers?.get('retry-after')),
  });
}

/**
 * `Retry-After` is a number of seconds or a date.
 * @param {string | null | undefined} header
 */
function secondsUntil(header) {
  if (!header) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
