// The page for developers, made of the service's own description of itself.

import { element } from '../base/dom.js';
import { Session } from '../net/session.js';
import { texts } from '../texts/docs.js';
import { errorTable } from './errors.js';
import { operationView } from './operation.js';
import { quickStarts } from './quick-starts.js';

// By the path's first word behind its prefix; what is in no group comes last, so that nothing is missing.
const GROUPS = {
  ordering: ['queue-job', 'jobs'],
  following: ['events'],
  assets: ['assets', 'projects', 'references'],
  prompts: ['enhance-prompt'],
  account: ['me', 'keys', 'queue-status', 'config'],
  webhooks: ['webhooks'],
  'openai-api': ['v1'],
  'model-context-protocol': ['mcp'],
  workers: ['claim-job', 'job-callback'],
  administration: ['admin', 'generate-admin-image', 'metrics'],
};
const REST = 'everything-else';

function groupOf(path) {
  const word = path.replace(/^\/((functions\/v1|api)\/)?/, '').split('/')[0];
  return Object.keys(GROUPS).find((group) => GROUPS[group].includes(word)) ?? REST;
}

function operationsOf(description) {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );
}

function section(id, title, ...content) {
  return element(
    'section',
    { class: 'docs-section', id, 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title` }, title),
    ...content,
  );
}

function link(href, text) {
  return element('li', {}, element('a', { href }, text));
}

async function start() {
  const [description, config] = await Promise.all(
    ['/api/openapi.json', '/api/config'].map(async (path) => (await fetch(path)).json()),
  );
  const session = new Session(config);
  const byGroup = Map.groupBy(operationsOf(description), ({ path }) => groupOf(path));
  const groups = [...Object.keys(GROUPS), REST].filter((group) => byGroup.has(group));
  document
    .getElementById('main')
    .replaceChildren(
      section('start', texts.quickStarts, ...quickStarts(location.origin, config)),
      section('errors', texts.errors, errorTable(description)),
      ...groups.map((group) =>
        section(
          group,
          texts.groups[group],
          ...byGroup.get(group).map((operation) => operationView(operation, { description, session })),
        ),
      ),
    );
  document.getElementById('contents').replaceChildren(
    element(
      'ul',
      {},
      link('#start', texts.quickStarts),
      link('#errors', texts.errors),
      groups.map((group) => link(`#${group}`, texts.groups[group])),
      link('/api/openapi.json', 'openapi.json'),
      link('/llms.txt', 'llms.txt'),
    ),
  );
  // The target of the address was not there when the browser looked for it.
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

start().catch(() => {
  document
    .getElementById('main')
    .replaceChildren(element('p', { class: 'message error', role: 'alert' }, texts.notLoaded));
});
