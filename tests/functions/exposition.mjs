// A strict reader of Prometheus' text format, version 0.0.4: what a scraper would refuse, or read as something else,
// it refuses too.

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (-?(?:\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|Inf)|NaN|\\+Inf)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
const KINDS = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

/** Families by name: `{ kind, help, samples: [{ name, labels, value }] }`. Throws at what is not allowed. */
export function parseExposition(text) {
  if (!text.endsWith('\n')) throw new Error('the last line must end, too');
  const families = new Map();
  const series = new Set();
  let family = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, keyword, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (families.has(name)) throw new Error(`${name} comes twice`);
      family = { name, help: rest, kind: null, samples: [] };
      families.set(name, family);
    } else if (keyword === 'TYPE') {
      if (family?.name !== name || family.kind || family.samples.length > 0)
        throw new Error(`TYPE is not where it must be: ${line}`);
      if (!KINDS.includes(rest)) throw new Error(`no such type: ${line}`);
      family.kind = rest;
    } else {
      const sample = parseSample(line);
      if (!family || !belongs(sample.name, family)) throw new Error(`not below its own TYPE: ${line}`);
      const identity = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (series.has(identity)) throw new Error(`the same series twice: ${line}`);
      series.add(identity);
      family.samples.push(sample);
    }
  }
  for (const one of families.values()) check(one);
  return families;
}

function parseSample(line) {
  const match = SAMPLE.exec(line);
  if (!match) throw new Error(`no sample: ${line}`);
  const [, name, inside, value] = match;
  return {
    name,
    labels: inside === undefined ? {} : parseLabels(inside, line),
    value: value.endsWith('Inf') ? Infinity : Number(value),
  };
}

function parseLabels(text, line) {
  const labels = {};
  LABEL.lastIndex = 0;
  let end = 0;
  for (let match = LABEL.exec(text); match; match = LABEL.exec(text)) {
    const [, name, value] = match;
    if (name in labels) throw new Error(`a label twice: ${line}`);
    labels[name] = value.replace(/\\(.)/g, (_, sign) => (sign === 'n' ? '\n' : sign));
    end = LABEL.lastIndex;
    if (match[3] === '') break;
  }
  if (end !== text.length || text.endsWith(',')) throw new Error(`no labels: ${line}`);
  return labels;
}

function belongs(name, { name: family, kind }) {
  return kind === 'histogram' ? ['_bucket', '_sum', '_count'].some((part) => name === family + part) : name === family;
}

function check({ name, kind, samples }) {
  if (samples.length === 0) throw new Error(`${name} has no sample`);
  if (kind === 'counter' && (!name.endsWith('_total') || samples.some(({ value }) => value < 0)))
    throw new Error(`${name} is no counter`);
  if (kind !== 'counter' && name.endsWith('_total')) throw new Error(`${name} is named like a counter`);
  if (kind === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name, samples) {
  const groups = Map.groupBy(samples, ({ labels: { le, ...others } }) => JSON.stringify(Object.entries(others).sort()));
  for (const [labels, group] of groups) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels: { le } }) => (le === '+Inf' ? Infinity : Number(le)));
    const counts = buckets.map(({ value }) => value);
    const grows = (list) => list.every((value, place) => place === 0 || value >= list[place - 1]);
    if (bounds.at(-1) !== Infinity || !grows(bounds) || new Set(bounds).size !== bounds.length)
      throw new Error(`${name} ${labels}: bounds ${bounds}`);
    if (!grows(counts)) throw new Error(`${name} ${labels}: counts ${counts}`);
    const [total, sum] = ['_count', '_sum'].map((part) => group.find((sample) => sample.name === name + part)?.value);
    if (total !== counts.at(-1) || typeof sum !== 'number')
      throw new Error(`${name} ${labels}: _count ${total}, _sum ${sum}`);
  }
}
