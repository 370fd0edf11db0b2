// The operator's page: how queues and workers stand, what failed, and what can be done about it.

import { notice, toast } from '../base/announce.js';
import { element } from '../base/dom.js';
import { keepFocus } from '../base/focus.js';
import { placeIn } from '../base/table.js';
import { explain } from '../net/problem.js';
import { Session } from '../net/session.js';
import { attempt } from '../shell/attempt.js';
import { texts } from '../texts/admin.js';
import { deliveryList } from '../webhooks/delivery-list.js';
import { grantForm } from './credits.js';
import { history } from './history.js';
import { samplesOf } from './metrics.js';
import { costTable, housekeeping } from './numbers.js';
import { operatorOf } from './operator.js';
import { askReason } from './reason.js';
import { strikesTable } from './strikes.js';
import { failedTable, queueTable, workerTable } from './tables.js';

const LOOK_MS = 5_000;
const main = document.getElementById('main');

function actionsOf(operator, look) {
  const attempted = async (what, run, done) => {
    try {
      await run();
      done(texts.done(what));
      await look();
    } catch (problem) {
      notice(explain(problem).what);
    }
  };
  const act =
    (verb, run, { warning, undo } = {}) =>
    async (target, name) => {
      const what = `${verb} ${name}`;
      const reason = await askReason(what, warning);
      if (reason === null) return;
      // Undoing is an action like any other, and stands in the audit as one.
      const back = () => attempted(texts.undoOf(what), () => undo(target, `undoes: ${what}`), notice);
      const done = undo ? (text) => toast(text, { action: { label: texts.undo, run: back } }) : notice;
      await attempted(what, () => run(target, reason), done);
    };
  return {
    pause: act(texts.pause, operator.pause, { undo: operator.resume }),
    resume: act(texts.resume, operator.resume, { undo: operator.pause }),
    suspend: act(texts.suspend, operator.pause, {
      warning: texts.suspendWarning,
    }),
    // Forgives the strikes, which no undo brings back.
    forgive: act(texts.resume, operator.resume),
    revoke: act(texts.revoke, operator.revoke, {
      warning: texts.revokeWarning,
    }),
    purge: act(texts.purge, operator.purge, {
      warning: texts.purgeWarning,
    }),
    redrive: act(texts.redrive, operator.redrive, {
      warning: texts.redriveWarning,
    }),
    redeliver: act(texts.sendAgain, operator.redeliver),
  };
}

function show({ queues, workers, failed, refused, metrics }, act, { waits, deliveries, credits }) {
  const samples = samplesOf(metrics);
  const goBack = placeIn(main);
  const parts = [
    queueTable(queues, act),
    waits.node,
    workerTable(workers, samples, act),
    failedTable(failed, act),
    deliveries.node,
    strikesTable(refused, act),
    costTable(samples),
    housekeeping(samples),
    credits,
  ];
  // What stays is not taken out of the page, so that somebody who writes or chooses in it is not disturbed.
  for (const [place, part] of parts.entries()) {
    const there = main.children[place];
    if (there === part) continue;
    if (there && parts.includes(there)) there.before(part);
    else if (there) there.replaceWith(part);
    else main.append(part);
  }
  while (main.children.length > parts.length) main.lastChild.remove();
  goBack();
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

const toStudio = () => element('a', { class: 'button primary', href: '/' }, texts.toStudio);

async function start() {
  const config = await (await fetch('/api/config')).json();
  const session = new Session(config);
  if (session.user === null) {
    say(texts.signInTitle, texts.signInWhat, toStudio());
    return;
  }
  const operator = operatorOf(session);
  let timer;
  const look = async () => {
    clearTimeout(timer);
    try {
      const state = await operator.read();
      await Promise.all([parts.waits.refresh(), parts.deliveries.refresh()]);
      show(state, act, parts);
    } catch (problem) {
      if (problem.status === 401 || problem.status === 403) {
        say(texts.forOperators, texts.forOperatorsWhat, toStudio());
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
  const parts = {
    waits: history(operator, attempt),
    deliveries: deliveryList({
      caption: texts.webhookDeliveries,
      read: operator.deliveries,
      sendAgain: ({ id }, name) => act.redeliver({ delivery_id: id }, name),
      attempt,
      more: [[texts.user, ({ user_id: id }) => element('span', { title: id }, id.slice(0, 8))]],
    }),
    credits: grantForm(operator),
  };
  await look();
}

keepFocus();
start().catch((problem) => say(texts.notLoaded, explain(problem).what, toStudio()));
