// The form that orders a job.

import { element, icon, setText } from '../base/dom.js';
import { credits, duration, sentence } from '../base/format.js';
import { picker } from './picker.js';
import { explain } from '../net/problem.js';

const MAX_PROMPT_CHARACTERS = 2_000;
// Above this a wait is long enough to say so before somebody orders.
const LONG_QUEUE = 10;
const PREVIEW_AFTER_MS = 150;
// Enough of the prompt to find the place where reading ends.
const LAST_WORDS = 40;

/** `order(body)` sends it and resolves, or rejects with a `Problem`. */
export function composer({ rules, order, account }) {
  const prompt = element('textarea', {
    id: 'prompt',
    class: 'input',
    name: 'prompt',
    placeholder: 'A red fox in fresh snow, low winter sun, shallow depth of field',
    'aria-describedby': 'prompt-count problem',
  });
  const count = element('span', { id: 'prompt-count', class: 'small muted numbers' });
  const seed = element('input', {
    id: 'seed',
    class: 'input numbers',
    inputmode: 'numeric',
    autocomplete: 'off',
    placeholder: 'Random',
    title: 'The same seed gives the same picture',
    'aria-describedby': 'problem',
  });
  const kinds = picker(rules.jobTypes, seedField(seed));
  const cutNote = element('p', { class: 'message warning', role: 'status', hidden: true });
  const negative = element('p', { class: 'negative' });
  const negativeDetails = element('details', { class: 'details' }, element('summary', {}, 'What the picture avoids'), negative);
  const problemBox = element('div', { id: 'problem', class: 'message error', role: 'alert', hidden: true });
  const queueNote = element('div', { class: 'message warning', hidden: true });
  const price = element('strong', { class: 'numbers' });
  const time = element('span', { class: 'muted numbers' });
  const submit = element('button', { type: 'submit', class: 'button primary large' }, 'Generate');
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

  const bodyOf = () => {
    const { type, numImages } = kinds.value();
    const metadata = { prompt: prompt.value.trim() };
    if (type.model === 'sdxl') metadata.num_images = numImages;
    // A text that is no number goes along as it is: the rules then say what they expect.
    if (seed.value.trim() !== '') metadata.seed = /^\d+$/.test(seed.value.trim()) ? Number(seed.value) : seed.value;
    return { jobType: type.jobType, metadata };
  };

  const showQuote = () => {
    const { type, batch } = kinds.value();
    setText(price, batch.price === undefined ? 'Price after submitting' : credits(batch.price));
    setText(time, batch.expectedSeconds === undefined ? '' : `about ${duration(batch.expectedSeconds)}`);
    const queue = account.queues?.find(({ queue: name }) => name === type.queue);
    const isLong = queue !== undefined && queue.queued > LONG_QUEUE;
    queueNote.hidden = !isLong && !queue?.waitingFor;
    if (queue) {
      const wait = isLong ? `${queue.queued} jobs are in line before yours.` : '';
      setText(queueNote, [wait, queue.waitingFor && sentence(queue.waitingFor)].filter(Boolean).join(' '));
    }
  };

  const showPrompt = () => {
    const isSdxl = kinds.value().type.model === 'sdxl';
    const made = isSdxl ? rules.negativePrompt(prompt.value) : undefined;
    negativeDetails.hidden = made === undefined;
    if (made) setText(negative, `${made.text} (${made.tokens} of ${made.maxTokens} tokens)`);
    if (isSdxl) rules.loadTokens().then(showLength);
    else showLength(undefined);
  };

  // SDXL ignores what is behind its last token; the other models have more room than the longest prompt.
  const showLength = (promptTokens) => {
    const text = prompt.value.trim();
    const told = promptTokens?.(text);
    const characters = [...text].length;
    setText(count, told ? `${told.count} of ${told.max} tokens` : `${characters.toLocaleString('en')} of ${MAX_PROMPT_CHARACTERS.toLocaleString('en')}`);
    cutNote.hidden = !told || told.count <= told.max;
    if (!cutNote.hidden) setText(cutNote, `SDXL reads no further than “… ${text.slice(0, told.readLength).slice(-LAST_WORDS)}”.`);
  };

  const complain = (problem) => {
    problemBox.hidden = problem === null;
    const field = problem?.details?.field ?? (problem?.code === 'content_policy' ? 'metadata.prompt' : null);
    prompt.setAttribute('aria-invalid', field === 'metadata.prompt');
    seed.setAttribute('aria-invalid', field === 'metadata.seed');
    if (problem === null) return;
    const { what, action } = explain(problem);
    problemBox.replaceChildren(element('strong', {}, what), ...(action ? [element('span', {}, action)] : []));
    if (field === 'metadata.prompt') prompt.focus();
    if (field === 'metadata.seed') seed.focus();
  };

  const send = async () => {
    const body = bodyOf();
    if (body.metadata.prompt === '') {
      complain({ code: 'invalid_request', message: 'Write a prompt first.', details: { field: 'metadata.prompt' } });
      return;
    }
    const objection = rules.validateJob(body) ?? rules.checkPolicy([body.metadata.prompt]);
    if (objection) {
      complain(objection);
      return;
    }
    complain(null);
    submit.disabled = true;
    try {
      await order(body);
    } catch (problem) {
      complain(problem);
    } finally {
      submit.disabled = false;
    }
  };

  const form = element(
    'form',
    {
      class: 'panel composer',
      'aria-label': 'New job',
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        if (!submit.disabled) send();
      },
      onkeydown: (event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        form.requestSubmit();
      },
    },
    element(
      'div',
      { class: 'field' },
      element('div', { class: 'label-row' }, element('label', { for: 'prompt' }, 'Prompt'), count),
      prompt,
      cutNote,
      negativeDetails,
    ),
    kinds.node,
    element(
      'div',
      { class: 'submit-row' },
      problemBox,
      queueNote,
      element('p', { class: 'quote', 'aria-live': 'polite' }, price, time),
      submit,
      element('p', { class: 'small muted hide-on-touch' }, element('kbd', {}, isMac ? '⌘' : 'Ctrl'), ' ', element('kbd', {}, 'Enter'), ' also submits.'),
      rules.available
        ? null
        : element('p', { class: 'message' }, 'Prices and checks could not be loaded, so the server checks after you submit. Reload to try again.'),
    ),
  );

  let preview;
  prompt.addEventListener('input', () => {
    clearTimeout(preview);
    preview = setTimeout(showPrompt, PREVIEW_AFTER_MS);
    if (!problemBox.hidden) complain(null);
  });
  kinds.node.addEventListener('change', () => {
    showQuote();
    showPrompt();
  });
  account.addEventListener('changed', showQuote);
  showQuote();
  showPrompt();

  return {
    node: form,
    /** Puts the settings of a job into the form. */
    reuse(job) {
      kinds.set(job.jobType, job.numImages);
      prompt.value = job.prompt;
      seed.value = job.seed === null ? '' : String(job.seed);
      complain(null);
      showPrompt();
      prompt.focus();
      form.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
    },
  };
}

function seedField(input) {
  const roll = element('button', {
    type: 'button',
    class: 'button quiet only-icon compact',
    'aria-label': 'Roll a seed',
    title: 'Roll a seed',
    onclick: () => { input.value = String(randomSeed()); },
  }, icon('dice'));
  return element(
    'div',
    { class: 'field' },
    element('label', { for: 'seed' }, 'Seed'),
    element('div', { class: 'seed-row' }, input, roll),
  );
}

function randomSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
