// Making a prompt better: the words come in while a model writes them, what was added is marked, and the prompt as it
// was is a press away.

import { announce } from '../base/announce.js';
import { element, icon, setText } from '../base/dom.js';
import { rest } from '../base/focus.js';
import { explain } from '../net/problem.js';
import { texts } from '../texts/composer.js';
import { changes } from './changes.js';

const METHODS = {
  chat_worker: texts.byModel,
  wan_worker: texts.byModel,
  system_prompt: texts.byModel,
  rule_based: texts.byRules,
};
const LARGEST_SEED = 2 ** 32;

/** `read()` is the prompt in the form, `write(text)` replaces it, `jobType()` is what it is for; `onEmpty()` says that there is none. */
export function enhancer({ client, userId, jobType, read, write, onEmpty }) {
  const label = element('span', {}, texts.improve);
  const button = element(
    'button',
    {
      type: 'button',
      class: 'button quiet compact',
      title: texts.improveHint,
      onclick: () => press(),
    },
    icon('spark'),
    label,
  );
  const before = element('p', { class: 'enhance-text' });
  const after = element('p', { class: 'enhance-text' });
  const note = element('p', { class: 'small muted numbers' });
  const failed = element('div', { class: 'message error', role: 'alert', hidden: true });
  const small = (name, text, run) =>
    element('button', { type: 'button', class: 'button compact', onclick: run }, icon(name), text);
  const undo = small('undo', texts.undo, () => back());
  const another = small('dice', texts.another, () => improve(original, Math.floor(Math.random() * LARGEST_SEED)));
  const node = element(
    'section',
    { class: 'enhance', 'aria-label': texts.improvedPrompt, hidden: true },
    element('div', { class: 'label-row' }, element('h2', { class: 'small' }, texts.improvedPrompt), note),
    element(
      'dl',
      {},
      element('dt', {}, texts.before),
      element('dd', {}, before),
      element('dt', {}, texts.after),
      element('dd', {}, after),
    ),
    failed,
    element(
      'div',
      { class: 'enhance-actions' },
      undo,
      another,
      small('cancel', texts.close, () => leave()),
    ),
  );

  let original = '';
  let running = null;

  const press = () => {
    if (running) {
      running.abort();
      return;
    }
    const prompt = read().trim();
    if (prompt !== '') improve(prompt);
    else onEmpty();
  };

  const improve = async (prompt, seed) => {
    running?.abort();
    const own = new AbortController();
    running = own;
    original = prompt;
    failed.hidden = true;
    node.hidden = false;
    node.dataset.running = 'yes';
    setText(label, texts.stop);
    setText(before, prompt);
    setText(after, '');
    setText(note, texts.writing);
    for (const each of [undo, another]) rest(each, true);
    try {
      const onToken = (_, words) => {
        if (running === own) setText(after, words);
      };
      const answer = await client.enhance(
        { prompt, jobType: jobType(), userId, seed },
        { onToken, signal: own.signal },
      );
      if (running !== own) return;
      show(answer);
      write(answer.enhancedPrompt);
      announce(texts.improved);
    } catch (problem) {
      if (running === own) complain(problem, own.signal.aborted);
    } finally {
      if (running === own) finish();
    }
  };

  const show = ({ enhancedPrompt, tokenCount, analytics }) => {
    after.replaceChildren(
      ...changes(original, enhancedPrompt).map(({ text, isNew }) => (isNew ? element('ins', {}, text) : text)),
    );
    setText(
      note,
      texts.tokensBecame(tokenCount.original, tokenCount.compressed, METHODS[analytics.enhancementMethod] ?? ''),
    );
  };

  const complain = (problem, wasStopped) => {
    if (wasStopped) {
      close();
      return;
    }
    const { what, action } = explain(problem);
    setText(note, '');
    failed.replaceChildren(element('strong', {}, what), element('span', {}, action ?? texts.promptStays));
    failed.hidden = false;
  };

  const finish = () => {
    running = null;
    delete node.dataset.running;
    setText(label, texts.improve);
    for (const each of [undo, another]) rest(each, false);
  };

  const back = () => {
    write(original);
    leave();
    announce(texts.promptBack);
  };

  const close = () => {
    running?.abort();
    if (running) finish();
    node.hidden = true;
  };
  // The panel goes, so the focus goes to where it came from.
  const leave = () => {
    close();
    button.focus();
  };

  return { button, node, close };
}
