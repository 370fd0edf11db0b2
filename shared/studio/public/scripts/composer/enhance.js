// Making a prompt better: the words come in while a model writes them, what was added is marked, and the prompt as it
// was is a press away.

import { announce } from '../base/announce.js';
import { element, icon, setText } from '../base/dom.js';
import { explain } from '../net/problem.js';
import { changes } from './changes.js';

const METHODS = {
  chat_worker: 'by a language model',
  wan_worker: 'by a language model',
  system_prompt: 'by a language model',
  rule_based: 'by rules',
};
const LARGEST_SEED = 2 ** 32;

/** `read()` is the prompt in the form, `write(text)` replaces it, `jobType()` is what it is for; `onEmpty()` says that there is none. */
export function enhancer({ client, userId, jobType, read, write, onEmpty }) {
  const label = element('span', {}, 'Improve');
  const button = element(
    'button',
    {
      type: 'button',
      class: 'button quiet compact',
      title: 'Add light, composition and quality terms',
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
  const undo = small('undo', 'Undo', () => back());
  const another = small('dice', 'Another', () => improve(original, Math.floor(Math.random() * LARGEST_SEED)));
  const node = element(
    'section',
    { class: 'enhance', 'aria-label': 'Improved prompt', hidden: true },
    element('div', { class: 'label-row' }, element('h2', { class: 'small' }, 'Improved prompt'), note),
    element(
      'dl',
      {},
      element('dt', {}, 'Before'),
      element('dd', {}, before),
      element('dt', {}, 'After'),
      element('dd', {}, after),
    ),
    failed,
    element(
      'div',
      { class: 'enhance-actions' },
      undo,
      another,
      small('cancel', 'Close', () => close()),
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
    setText(label, 'Stop');
    setText(before, prompt);
    setText(after, '');
    setText(note, 'Writing …');
    undo.disabled = another.disabled = true;
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
      announce('The prompt was improved. Undo is available.');
    } catch (problem) {
      if (running === own) complain(problem, own.signal.aborted);
    } finally {
      if (running === own) rest();
    }
  };

  const show = ({ enhancedPrompt, tokenCount, analytics }) => {
    after.replaceChildren(
      ...changes(original, enhancedPrompt).map(({ text, isNew }) => (isNew ? element('ins', {}, text) : text)),
    );
    setText(
      note,
      `${tokenCount.original} → ${tokenCount.compressed} tokens, ${METHODS[analytics.enhancementMethod] ?? ''}`,
    );
  };

  const complain = (problem, wasStopped) => {
    if (wasStopped) {
      close();
      return;
    }
    const { what, action } = explain(problem);
    setText(note, '');
    failed.replaceChildren(element('strong', {}, what), element('span', {}, action ?? 'Your prompt is as it was.'));
    failed.hidden = false;
  };

  const rest = () => {
    running = null;
    delete node.dataset.running;
    setText(label, 'Improve');
    undo.disabled = another.disabled = false;
  };

  const back = () => {
    write(original);
    close();
    announce('The prompt is as it was.');
  };

  const close = () => {
    running?.abort();
    if (running) rest();
    node.hidden = true;
  };

  return { button, node, close };
}
