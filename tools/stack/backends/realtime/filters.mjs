// The filters of a subscription: `job_id=eq.1`, `status=in.(completed,failed)`, several of them with commas between.

// The operators of Realtime that compare. It also knows patterns (`like`, `match`) and `is`.
const COMPARE = Object.freeze({
  eq: (a, [b]) => a === b,
  neq: (a, [b]) => a !== b,
  lt: (a, [b]) => a < b,
  lte: (a, [b]) => a <= b,
  gt: (a, [b]) => a > b,
  gte: (a, [b]) => a >= b,
  in: (a, list) => list.includes(a),
});
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
const ITEM = `(?:${QUOTED}|[^",()]+)`;
// The first character tells a quoted text, a list and a plain word apart: no text is read in two ways.
const OPERAND = `(${QUOTED}|\\(${ITEM}(?:,${ITEM})*\\)|(?:[^",(][^,]*)?)`;
const CONDITION = `(\\w+)=(not\\.)?(${Object.keys(COMPARE).join('|')})\\.${OPERAND}`;
// What is compared as it is ordered, not as it is written.
const READ = Object.freeze({
  bool: (text) => text.toLowerCase(),
  uuid: (text) => text.toLowerCase(),
  timestamp: (text) => Date.parse(`${text}Z`),
  timestamptz: (text) => Date.parse(text),
});
const NUMBERS = Object.freeze(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric']);

/** `[{ column, matches(value, type) }]` of a filter's text; null when it is none that this understands. */
export function parseFilter(text) {
  if (!new RegExp(`^${CONDITION}(?:,${CONDITION})*$`, 'u').test(text)) return null;
  const conditions = [...text.matchAll(new RegExp(CONDITION, 'gu'))];
  if (conditions.some(([, , , operator, operand]) => (operator === 'in') !== operand.startsWith('('))) return null;
  return conditions.map(([, column, not, operator, operand]) => {
    const words = operator === 'in' ? operand.match(new RegExp(ITEM, 'gu')).map(unquoted) : [unquoted(operand)];
    return {
      column,
      matches(value, type) {
        // As in SQL, nothing can be said of a null.
        if (value === null || value === undefined) return false;
        const read = readerOf(type);
        return COMPARE[operator](read(String(value)), words.map(read)) !== (not !== undefined);
      },
    };
  });
}

/** Whether a row fulfils all conditions; `types` are those of its columns by name. */
export function fulfils(record, conditions, types) {
  return conditions.every(({ column, matches }) => matches(record[column], types.get(column)));
}

function unquoted(word) {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/gu, '$1') : word;
}

function readerOf(type) {
  return NUMBERS.includes(type) ? Number : (READ[type] ?? String);
}
