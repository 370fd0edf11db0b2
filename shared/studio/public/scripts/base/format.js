// Numbers and times as people read them.

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const grouped = new Intl.NumberFormat('en');
const dated = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

// "the next free worker", "one job that goes first", "3 jobs that go first".
const IN_TURN = /^(the|one|\d+) /;

/** "8 s", "1 min 20 s", "6 min". */
export function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  // Beyond a few minutes the seconds are noise.
  const rest = minutes < 3 ? Math.round((whole % 60) / 10) * 10 : 0;
  if (rest === 60) return `${minutes + 1} min`;
  return rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`;
}

/** "just now", "5 minutes ago", "yesterday". */
export function ago(date, now = Date.now()) {
  const seconds = (now - date.getTime()) / 1000;
  if (seconds < 45) return 'just now';
  if (seconds < 3600) return relative.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3600), 'hour');
  return relative.format(-Math.round(seconds / 86_400), 'day');
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
  return new Intl.NumberFormat('en', {
    style: 'unit',
    unit,
    maximumFractionDigits: unit === 'megabyte' ? 1 : 0,
  }).format(size);
}

/** "1 credit", "6 credits". */
export function credits(number) {
  return `${count(number)} ${number === 1 ? 'credit' : 'credits'}`;
}

/** "1st", "2nd", "13th". */
export function ordinal(number) {
  const teens = number % 100 >= 11 && number % 100 <= 13;
  return `${number}${(!teens && { 1: 'st', 2: 'nd', 3: 'rd' }[number % 10]) || 'th'}`;
}

/** Whether a job waits for more than its turn: then nobody knows how long. */
export function isTrouble(waitingFor) {
  return waitingFor !== null && !IN_TURN.test(waitingFor);
}

/** Why a job waits, as the edge gives it ("the next free worker", "paused by an operator"), as a sentence. */
export function sentence(text) {
  const plain = text.replaceAll('sdxl_queue', 'SDXL').replaceAll('wan_queue', 'WAN');
  const whole = IN_TURN.test(plain) ? `waits for ${plain}` : plain;
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${/[.!?]$/.test(whole) ? '' : '.'}`;
}
