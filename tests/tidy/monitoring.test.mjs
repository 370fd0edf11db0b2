// What operators watch is what the service writes: the dashboard, the alerts and the scaling name only metrics,
// labels and rules that exist.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { list, publishedFiles, read } from './support.mjs';

const FOLDER = 'docs/operations';
const files = list(FOLDER).filter((file) => /\.(json|yaml)$/.test(file));
const HISTOGRAM_PARTS = ['_bucket', '_sum', '_count'];

/** Each metric of /api/metrics with its kind. */
function metricsOfTheService() {
  const [, table] = read('shared/core/src/wire/metrics.rs').match(/pub const METRICS[^=]+= \[([\s\S]+?)\n\];/);
  return [...table.matchAll(/\(\s*"(\w+)",\s*"(\w+)",/g)].map(([, name, kind]) => ({ name: `ourvidz_${name}`, kind }));
}

/** Names that a worker writes on its own page. */
function metricsOfTheWorker() {
  const source = ['mod', 'stages']
    .map((file) => read(`shared/gpu-worker/src/metrics/${file}.rs`).split('#[cfg(test)]')[0])
    .join('');
  const whole = [...source.matchAll(/ourvidz_worker_(\w+)/g)].map(([, name]) => name);
  const parts = [...source.matchAll(/\(\s*"(\w+)",/g)].map(([, name]) => name);
  return [...whole, ...parts].map((name) => `ourvidz_worker_${name}`);
}

const service = metricsOfTheService();
const known = new Set([
  ...service.flatMap(({ name, kind }) => (kind === 'histogram' ? HISTOGRAM_PARTS.map((part) => name + part) : [name])),
  ...metricsOfTheWorker(),
]);
const rules = read(`${FOLDER}/alerts.yaml`);
const recorded = new Set([...rules.matchAll(/record: (\S+)/g)].map(([, name]) => name));

test('the metrics of the service and of the worker were found', () => {
  assert.ok(service.length >= 25, `${service.length}`);
  for (const name of [
    'ourvidz_job_wait_seconds_bucket',
    'ourvidz_worker_busy_seconds_total',
    'ourvidz_worker_jobs_total',
  ]) {
    assert.ok(known.has(name), name);
  }
  assert.ok(files.length >= 4);
});

for (const file of files) {
  test(`${file} names only what exists`, () => {
    const text = read(`${FOLDER}/${file}`);
    const named = [...text.matchAll(/\bourvidz_\w+/g)].map(([name]) => name);
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    );
    const rulesNamed = [...text.matchAll(/\bourvidz:[\w:]+/g)].map(([name]) => name);
    assert.deepEqual(
      rulesNamed.filter((name) => !recorded.has(name)),
      [],
    );
  });
}

test('each label that a query asks for is one that the metrics have', () => {
  const sql = publishedFiles()
    .filter((file) => /^supabase\/schemas\/.*\.sql$/.test(file))
    .map(read)
    .join('\n');
  const labels = new Set(
    [
      ...sql.matchAll(/'(\w+)', (?:kinds|state|ends|label|detail|known|worker|settings|error_code|job_type|figure)/g),
    ].map(([, name]) => name),
  );
  for (const name of ['queue', 'state', 'status', 'le', 'outcome', 'result', 'job', 'instance']) labels.add(name);
  for (const file of files) {
    for (const [, selector] of read(`${FOLDER}/${file}`).matchAll(/ourvidz_\w+\{([^}]*)\}/g)) {
      for (const [, label] of selector.matchAll(/(\w+)(?:=~|!~|!=|=)/g))
        assert.ok(labels.has(label), `${file}: ${label}`);
    }
  }
});

test('every metric of the service is explained in the operator’s book', () => {
  const book = read('docs/OPERATIONS.md');
  assert.deepEqual(
    service.map(({ name }) => name).filter((name) => !book.includes(`\`${name}\``)),
    [],
  );
});

test('the dashboard is one: panels with a place, a query each, and one data source to choose', () => {
  const { panels, templating } = JSON.parse(read(`${FOLDER}/grafana-dashboard.json`));
  const shown = panels.filter(({ type }) => type !== 'row');
  assert.ok(shown.length >= 15);
  for (const { title, targets, gridPos, datasource } of shown) {
    assert.ok(targets.length > 0 && targets.every(({ expr }) => expr.includes('ourvidz')), title);
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    assert.equal(datasource.uid, `\${datasource}`, title);
  }
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  assert.deepEqual(
    templating.list.map(({ type }) => type),
    ['datasource'],
  );
});

test('every alert says what to do', () => {
  const alerts = rules.split('- alert:').slice(1);
  assert.ok(alerts.length >= 10);
  for (const alert of alerts) assert.match(alert, /summary: .+\n\s+what_to_do: .+/, alert.slice(0, 40));
});
