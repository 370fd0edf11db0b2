// Numbers and times as people read them.

import { LANGUAGE, texts } from '../texts/shared.js';

const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: 'auto' });
const grouped = new Intl.NumberFormat(LANGUAGE);
const parts = new Intl.NumberFormat(LANGUAGE, { style: 'percent' });
const precise = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 1 });
const dated = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium' });
const absolute = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeStyle: 'short' });
const plurals = new Intl.PluralRules(LANGUAGE);
const ordinals = new Intl.PluralRules(LANGUAGE, { type: 'ordinal' });

// As long as the titles that the service gives.
const BREATH_CHARACTERS = 60;

// "the next free worker", "one job that goes first", "3 jobs that go first".
const IN_TURN = /^(the|one|\d+) /;

/** "8 s", "1 min 20 s", "6 min". */
export function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return texts.seconds(count(whole));
  const minutes = Math.floor(whole / 60);
  // Beyond a few minutes the seconds are noise.
  const rest = minutes < 3 ? Math.round((whole % 60) / 10) * 10 : 0;
  if (rest === 60) return texts.minutes(count(minutes + 1));
  return rest > 0 ? texts.minutesAndSeconds(count(minutes), count(rest)) : texts.minutes(count(minutes));
}

/** "just now", "5 minutes ago", "yesterday". */
export function ago(date, now = Date.now()) {
  const seconds = (now - date.getTime()) / 1000;
  if (seconds < 45) return texts.justNow;
  if (seconds < 3600) return relative.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3600), 'hour');
  return relative.format(-Math.round(seconds / 86_400), 'day');
}

/** The beginning of a text, as long as one hears in one breath, cut between words where there are any. */
export function beginning(text) {
  const plain = text.trim().replace(/\s+/g, ' ');
  if (plain.length <= BREATH_CHARACTERS) return plain;
  const cut = [...plain].slice(0, BREATH_CHARACTERS).join('');
  return `${cut.replace(/\s\S*$/, '')} …`;
}

/** "21 Nov 2026, 10:00". */
export function moment(date) {
  return absolute.format(date);
}

/** "21 Nov 2026". */
export function day(date) {
  return dated.format(date);
}

/** "2,000". */
export function count(number) {
  return grouped.format(number);
}

/** "820 kB", "1.4 MB". */
export function fileSize(bytes) {
  const [unit, size] = bytes < 1e6 ? ['kilobyte', bytes / 1e3] : ['megabyte', bytes / 1e6];
  return new Intl.NumberFormat(LANGUAGE, {
    style: 'unit',
    unit,
    maximumFractionDigits: unit === 'megabyte' ? 1 : 0,
  }).format(size);
}

/** "79.6": of a GPU's memory, in the unit that its tools have. */
export function gibibytes(bytes) {
  return precise.format(bytes / 2 ** 30);
}

/** "1 credit", "6 credits". */
export function credits(number) {
  return texts.credits[plurals.select(number)](count(number));
}

/** "1st", "2nd", "13th". */
export function ordinal(number) {
  return texts.ordinals[ordinals.select(number)](count(number));
}

/** "40%", of a share between 0 and 1. */
export function percent(share) {
  return parts.format(share);
}

/** Whether a job waits for more than its turn: then nobody knows how long. */
export function isTrouble(waitingFor) {
  return waitingFor !== null && !IN_TURN.test(waitingFor);
}

/** Why a job waits, as the edge gives it ("the next free worker", "paused by an operator"), as a sentence. */
export function sentence(text) {
  const plain = text.replaceAll('sdxl_queue', 'SDXL').replaceAll('wan_queue', 'WAN');
  const whole = IN_TURN.test(plain) ? texts.waitsFor(plain) : plain;
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${/[.!?]$/.test(whole) ? '' : '.'}`;
}
