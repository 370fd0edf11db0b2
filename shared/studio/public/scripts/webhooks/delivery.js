// A webhook's delivery in words, for its owner and for operators.

import { element } from '../base/dom.js';
import { ago, count, duration, moment } from '../base/format.js';
import { texts } from '../texts/webhooks.js';

/** The columns that `cellsOf` fills. */
export const COLUMNS = [texts.when, texts.event, texts.to, texts.state, texts.tries, texts.lastAnswer, texts.nextTry];

/** What can be asked for, and its name. */
export const STATES = { '': texts.all, pending: texts.waiting, failed: texts.givenUp, delivered: texts.delivered };

/** The cells of a row. */
export function cellsOf(delivery) {
  const made = new Date(delivery.created_at);
  return [
    element('span', { title: moment(made) }, ago(made)),
    element('span', { title: texts.job(delivery.job_id) }, delivery.event),
    delivery.url,
    STATES[delivery.status].toLowerCase(),
    count(delivery.attempts),
    lastAnswer(delivery),
    nextTry(delivery),
  ];
}

/** What a button of a row is about. */
export function nameOf(delivery) {
  return texts.delivery(delivery.id.slice(0, 8));
}

function lastAnswer({ last_status: status, last_error: error }) {
  return [status && `HTTP ${status}`, texts.errors[error]].filter(Boolean).join(', ') || '–';
}

function nextTry({ next_attempt_at: at }) {
  if (at === null) return '–';
  const seconds = (new Date(at) - Date.now()) / 1000;
  return seconds < 1 ? texts.now : texts.inTime(duration(seconds));
}
