// The service's numbers, as `/api/metrics` writes them for Prometheus.

const LINE = /^ourvidz_(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** `[{ name, labels, value }]`, without the prefix that all names have. */
export function samplesOf(text) {
  return text
    .split('\n')
    .map((line) => line.match(LINE))
    .filter((found) => found !== null)
    .map(([, name, labels = '', value]) => ({
      name,
      labels: Object.fromEntries([...labels.matchAll(LABEL)].map(([, key, content]) => [key, content])),
      value: Number(value),
    }));
}

/** The sum of the samples of that name whose labels are these; null where there is none. */
export function sumOf(samples, name, labels = {}) {
  const fitting = samples.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  return fitting.length === 0 ? null : fitting.reduce((sum, { value }) => sum + value, 0);
}
