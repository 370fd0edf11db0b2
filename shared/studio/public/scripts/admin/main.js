// The operator's page: how queues and workers stand, what failed, and what can be done about it.

import { notice } from '../base/announce.js';
import { element } from '../base/dom.js';
import { explain } from '../net/problem.js';
import { Session } from '../net/session.js';
import { grantForm } from './credits.js';
import { historyOf } from './history.js';
import { samplesOf } from './metrics.js';
import { costTable, housekeeping, waits } from './numbers.js';
import { operatorOf } from './operator.js';
import { askReason } from './reason.js';
import { strikesTable } from './strikes.js';
import { failedTable, queueTable, workerTable } from './tables.js';

const LOOK_MS = 5_000;
const main = document.getElementById('main');
const lines = new Map();
const waiting = waits();

function actionsOf(operator, look) {
  const act = (verb, run, warning) => async (target, name) => {
    const reason = await askReason(`${verb} ${name}`, warning);
    if (reason === null) return;
    try {
      await run(target, reason);
      notice(`${verb} ${name}: done.`);
      await look();
    } catch (problem) {
      notice(explain(problem).what);
    }
  };
  return {
    pause: act('Pause', operator.pause),
    resume: act('Resume', operator.resume),
    suspend: act('Suspend', operator.pause, 'This user can order nothing until somebody lets them again.'),
    revoke: act(
      'Revoke',
      operator.revoke,
      'Its key is worthless at once and for good: the machine enrols again under another name.',
    ),
    purge: act(
      'Purge',
      operator.purge,
      'All jobs that wait are canceled and their credits given back. This cannot be undone.',
    ),
    redrive: act('Redrive', operator.redrive, 'Failed jobs are ordered again, at the cost of the service.'),
  };
}

function show({ queues, workers, failed, refused, metrics }, act, credits) {
  const samples = samplesOf(metrics);
  waiting.add(queues, samples);
  for (const { queue, queued } of queues) {
    if (!lines.has(queue)) lines.set(queue, historyOf(`${queue}, jobs that wait`));
    lines.get(queue).add(queued);
  }
  const focused = document.activeElement?.dataset?.key;
  main.replaceChildren(
    queueTable(queues, lines, act),
    waiting.table(queues, samples),
    workerTable(workers, act),
    failedTable(failed, act),
    strikesTable(refused, act),
    costTable(samples),
    housekeeping(samples),
    credits,
  );
  if (focused) main.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function say(title, text, action) {
  main.replaceChildren(
    element(
      'div',
      { class: 'plain-message' },
      element('h2', {}, title),
      element('p', {}, text),
      element('p', {}, action),
    ),
  );
}

const toStudio = () => element('a', { class: 'button primary', href: '/' }, 'Go to the studio');

async function start() {
  const config = await (await fetch('/api/config')).json();
  const session = new Session(config);
  if (session.user === null) {
    say('Sign in first', 'This page uses the sign-in of the studio.', toStudio());
    return;
  }
  const operator = operatorOf(session);
  let timer;
  const look = async () => {
    clearTimeout(timer);
    try {
      show(await operator.read(), act, credits);
    } catch (problem) {
      if (problem.status === 401 || problem.status === 403) {
        say('This is for operators', 'Your account does not have the role that this page needs.', toStudio());
        return;
      }
      notice(explain(problem).what);
    }
    timer = setTimeout(() => (document.hidden || document.querySelector('dialog[open]') ? wait() : look()), LOOK_MS);
  };
  const wait = () => {
    timer = setTimeout(look, LOOK_MS);
  };
  const act = actionsOf(operator, look);
  const credits = grantForm(operator);
  await look();
}

start().catch((problem) => say('This page could not be loaded', explain(problem).what, toStudio()));
