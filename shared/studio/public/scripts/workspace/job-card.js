// One job in the list. A card is made once and then brought up to date, so that a video goes on playing and
// the focus stays where it is.

import { element, icon, setText } from '../base/dom.js';
import { rest } from '../base/focus.js';
import {
  ago,
  beginning,
  count,
  credits,
  duration,
  isTrouble,
  moment,
  ordinal,
  percent,
  sentence,
} from '../base/format.js';
import { isReady } from '../state/asset.js';
import { isActive, isFinished, title } from '../state/job.js';
import { texts } from '../texts/workspace.js';
import { tiles } from './tiles.js';

const STATUS = {
  sending: texts.sending,
  queued: texts.waiting,
  processing: texts.inTheMaking,
  completed: texts.done,
  failed: texts.failed,
  canceled: texts.canceled,
};

/**
 * `actions` has `cancel`, `retry`, `reuse`, `download`, `remove`, `dismiss` and `reload`, each taking the job, `open(job, asset)`,
 * `save(asset)` and `copySeed(seed)`.
 */
export function jobCard(first, actions) {
  let job = first;
  const pill = element('span', { class: 'pill' });
  const time = element('time', { class: 'small muted' });
  const heading = element('h3');
  const prompt = element('p', { class: 'job-prompt' });
  const rewritten = element('p', { class: 'small muted' });
  const rewrittenDetails = element(
    'details',
    { class: 'details' },
    element('summary', {}, texts.rewrittenPrompt),
    rewritten,
  );
  const unchanged = element('p', { class: 'small muted' }, texts.promptAsItIs);
  const facts = element('p', { class: 'job-facts numbers' });
  const seed = element('button', {
    type: 'button',
    class: 'button link',
    title: texts.copySeed,
    onclick: () => actions.copySeed(job.seed),
  });
  const where = element('span');
  const left = element('span', { class: 'numbers' });
  const bar = element('progress', { max: 100, 'aria-label': texts.progress });
  const why = element('p', { class: 'muted' });
  const wait = element('div', { class: 'job-wait' }, element('div', { class: 'label-row' }, where, left), bar, why);
  const cancelNote = element('p', { class: 'small muted numbers', id: `cancel-cost-${job.id}` });
  const failure = element('div', { class: 'message error' });
  const media = tiles({
    open: (asset) => actions.open(job, asset),
    save: actions.save,
    reload: () => actions.reload(job),
  });

  const about = beginning(job.prompt);
  // Every card has the same buttons: for whoever hears them in a list, each says what it is about.
  const button = (name, label, run) =>
    element(
      'button',
      {
        type: 'button',
        class: 'button compact',
        'aria-label': `${label}: ${about}`,
        dataset: { action: name },
        onclick: () => run(job),
      },
      icon(ICON_OF[name]),
      label,
    );
  const cancel = button('cancel', texts.cancel, actions.cancel);
  const retry = button('retry', texts.tryAgain, actions.retry);
  // The service repeats what is completed with another seed.
  const vary = button('vary', texts.vary, actions.retry);
  const reuse = button('reuse', texts.reuseSettings, actions.reuse);
  const download = button('download', texts.download, actions.download);
  const remove = button('remove', texts.delete, actions.remove);
  const dismiss = button('dismiss', texts.dismiss, actions.dismiss);

  const node = element(
    'article',
    { class: 'panel job', tabindex: '-1', 'aria-label': `${title(job.jobType)}: ${about}` },
    element(
      'div',
      { class: 'job-side' },
      element('div', { class: 'job-head' }, pill, time),
      heading,
      prompt,
      rewrittenDetails,
      unchanged,
      wait,
      failure,
      facts,
      cancelNote,
      element('div', { class: 'job-actions' }, cancel, retry, vary, download, reuse, remove, dismiss),
    ),
    media.node,
  );

  const tick = () => {
    setText(time, job.isLocal ? '' : ago(job.createdAt));
    if (wait.hidden) return;
    setText(where, placeOf(job));
    setText(left, remaining(job));
  };

  const showFacts = () => {
    setText(seed, texts.seed(job.seed));
    const all = [...(job.seed === null ? [] : [seed]), ...factsOf(job)];
    const shown = all.map((fact) => fact.textContent ?? fact).join();
    facts.hidden = all.length === 0;
    // The button must not lose the focus because nothing has changed.
    if (facts.dataset.shown === shown) return;
    facts.dataset.shown = shown;
    facts.replaceChildren(...all.map((fact) => (fact === seed ? fact : element('span', {}, fact))));
  };

  const update = (next) => {
    job = next;
    node.dataset.jobId = job.id;
    node.dataset.status = job.status;
    node.dataset.single = job.numImages === 1;
    node.style.setProperty('--ratio', job.ratio);
    pill.dataset.status = job.status;
    setText(pill, statusText(job));
    time.dateTime = job.createdAt.toISOString();
    time.title = moment(job.createdAt);
    setText(heading, title(job.jobType));
    setText(prompt, job.prompt);
    prompt.title = job.prompt;
    setText(rewritten, job.rewrittenPrompt ?? '');
    rewrittenDetails.hidden = job.rewrittenPrompt === null;
    unchanged.hidden = !isUnchanged(job);
    showFacts();
    wait.hidden = isFinished(job);
    // Without a value the bar says "something is going on".
    if (job.status === 'processing') bar.value = job.progress;
    else bar.removeAttribute('value');
    bar.hidden = job.status !== 'processing';
    setText(why, job.status === 'queued' && job.waitingFor ? sentence(job.waitingFor) : '');
    why.hidden = why.textContent === '';
    failure.hidden = job.status !== 'failed';
    if (job.status === 'failed') {
      failure.replaceChildren(
        element('strong', {}, job.errorMessage ?? texts.failedWhat),
        element('span', {}, job.errorAction ?? texts.failedAction),
      );
    }
    cancel.hidden = !isActive(job);
    rest(cancel, job.cancelRequested);
    setText(cancelNote, cancelText(job));
    cancelNote.hidden = cancelNote.textContent === '';
    if (cancelNote.hidden) cancel.removeAttribute('aria-describedby');
    else cancel.setAttribute('aria-describedby', cancelNote.id);
    retry.hidden = job.status !== 'failed' && job.status !== 'canceled';
    vary.hidden = job.status !== 'completed';
    dismiss.hidden = retry.hidden;
    reuse.hidden = job.status === 'sending';
    const hasResults = job.assets.some(isReady);
    download.hidden = !hasResults;
    remove.hidden = !isFinished(job) || !hasResults;
    media.update(job);
    // Empty frames would only repeat that there is nothing to see.
    media.node.hidden = (job.status === 'failed' || job.status === 'canceled') && !hasResults;
    node.dataset.nothing = media.node.hidden;
    tick();
  };

  update(job);
  return { node, update, tick };
}

const ICON_OF = {
  cancel: 'cancel',
  retry: 'reuse',
  vary: 'dice',
  reuse: 'edit',
  download: 'download',
  remove: 'trash',
  dismiss: 'cancel',
};

// A rewritten prompt was ordered, and there was nothing to rewrite it.
function isUnchanged({ jobType, status, rewrittenPrompt }) {
  return jobType.endsWith('enhanced') && status === 'completed' && rewrittenPrompt === null;
}

// Before the click, so that nobody has to find out.
function cancelText({ cancelCost, credits: price, status }) {
  if (cancelCost === null || price === null || !['queued', 'processing'].includes(status)) return '';
  if (cancelCost === 0) return texts.cancelIsFree;
  return texts.cancelCosts(count(cancelCost), credits(price.charged + price.held));
}

function chargedText({ credits: { charged, released } }) {
  return released > 0 ? texts.chargedAndReturned(credits(charged), count(released)) : credits(charged);
}

function statusText(job) {
  if (job.cancelRequested && isActive(job)) return texts.canceling;
  return job.isLocal && job.status === 'failed' ? texts.notOrdered : STATUS[job.status];
}

// With more than so many waiting a position is a round number that is about right.
const FIRST_UNCERTAIN = 100;

function placeOf(job) {
  if (job.status === 'sending') return texts.onItsWay;
  if (job.status === 'processing') return job.progress > 0 ? percent(job.progress / 100) : texts.starting;
  if (job.position === null) return texts.inLine;
  if (job.position >= FIRST_UNCERTAIN) return texts.behindAbout(count(job.position));
  return job.position === 1 ? texts.nextInLine : texts.placeInLine(ordinal(job.position));
}

function remaining(job) {
  if (job.readyAt === null || (job.status === 'queued' && isTrouble(job.waitingFor))) return '';
  const seconds = (job.readyAt - Date.now()) / 1000;
  return seconds > 1 ? texts.timeLeft(duration(seconds)) : texts.anyMoment;
}

function factsOf(job) {
  const facts = [];
  const missing = job.assets.filter((asset) => !isReady(asset)).length;
  if (isFinished(job) && missing > 0 && missing < job.numImages)
    facts.push(texts.madeOf(job.numImages - missing, job.numImages));
  if (job.status === 'completed' && job.generationSeconds) facts.push(texts.madeIn(duration(job.generationSeconds)));
  if (isFinished(job) && job.credits) facts.push(chargedText(job));
  return facts;
}
