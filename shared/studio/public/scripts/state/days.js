// Days as date fields and addresses have them, "2026-11-30", in the time of the person who reads them.

/** The day of a moment, or `ago` days earlier. */
export function dayOf(date, ago = 0) {
  const at = new Date(date.getFullYear(), date.getMonth(), date.getDate() - ago);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

/** When it begins; undefined for what is no day. */
export function startOf(day) {
  const date = new Date(`${day}T00:00`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** When the next one begins, which is not always a day's hours later. */
export function endOf(day) {
  const start = startOf(day);
  return start && new Date(start.getFullYear(), start.getMonth(), start.getDate() + 1);
}
