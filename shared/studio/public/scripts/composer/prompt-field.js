// The prompt: what somebody wants to see, how much of it the model reads, and what the picture avoids.

import { element, setText } from '../base/dom.js';
import { count as numberOf } from '../base/format.js';
import { MAX_NEGATIVE_PROMPT_CHARACTERS, MAX_PROMPT_CHARACTERS } from '../net/tables.generated.js';
import { texts } from '../texts/composer.js';

const PREVIEW_AFTER_MS = 150;
// Enough of the prompt to find the place where reading ends.
const LAST_WORDS = 40;
const CUT_WORDS = 120;

/** `type()` is the chosen row of the table of job types, `style()` the chosen style. `beside` goes next to the count. */
export function promptField({ rules, type, style, beside }) {
  const input = element('textarea', {
    id: 'prompt',
    class: 'input',
    name: 'prompt',
    placeholder: texts.promptExample,
    'aria-describedby': 'prompt-count problem',
  });
  const count = element('span', { id: 'prompt-count', class: 'small muted numbers' });
  const cutNote = element('p', { class: 'message warning', role: 'status', hidden: true });
  const own = element('input', {
    id: 'negative',
    class: 'input',
    autocomplete: 'off',
    placeholder: texts.avoidExample,
    maxLength: MAX_NEGATIVE_PROMPT_CHARACTERS,
    'aria-describedby': 'negative-note problem',
  });
  const negative = element('p', { id: 'negative-note', class: 'negative', 'aria-live': 'polite' });
  const negativeDetails = element(
    'details',
    { class: 'details' },
    element('summary', {}, texts.avoids),
    element('div', { class: 'field' }, element('label', { for: own.id }, texts.avoidAlso), own, negative),
  );

  const show = async () => {
    const isSdxl = type().model === 'sdxl';
    const made = isSdxl ? rules.negativePrompt(input.value, own.value, style()) : undefined;
    setText(negative, made ? texts.avoidsInAll(made.text, made.tokens, made.maxTokens, made.isCut) : '');
    // SDXL ignores what is behind its last token; the other models have more room than the longest prompt.
    const counts = isSdxl && input.value.trim() !== '';
    const promptTokens = counts ? await rules.loadTokens() : undefined;
    if ((type().model === 'sdxl') === isSdxl) showLength(promptTokens);
  };

  const showLength = (promptTokens) => {
    const text = input.value.trim();
    const counted = promptTokens?.(text);
    const characters = [...text].length;
    count.hidden = text === '';
    setText(
      count,
      counted
        ? texts.tokensOf(counted.count, counted.max)
        : texts.charactersOf(numberOf(characters), numberOf(MAX_PROMPT_CHARACTERS)),
    );
    const isCut = counted !== undefined && counted.count > counted.max;
    count.classList.toggle('over', isCut || characters > MAX_PROMPT_CHARACTERS);
    cutNote.hidden = !isCut;
    if (!isCut) return;
    const left = text.slice(counted.readLength).trim();
    const cut = left.length > CUT_WORDS ? `${left.slice(0, CUT_WORDS)}…` : left;
    const read = text.slice(0, counted.readLength);
    const last = read.length > LAST_WORDS ? `… ${read.slice(-LAST_WORDS).replace(/^\S*\s/, '')}` : read;
    setText(cutNote, texts.readsNoFurther(last, cut));
  };

  let preview;
  for (const field of [input, own])
    field.addEventListener('input', () => {
      clearTimeout(preview);
      preview = setTimeout(show, PREVIEW_AFTER_MS);
    });

  return {
    node: element(
      'div',
      { class: 'field' },
      element(
        'div',
        { class: 'label-row' },
        element('label', { for: 'prompt' }, texts.prompt),
        element('span', { class: 'label-tools' }, count, beside),
      ),
      input,
      cutNote,
    ),
    negative: negativeDetails,
    own,
    input,
    show,
    /** Puts a text in, as if somebody had typed it. */
    write(text) {
      input.value = text;
      input.dispatchEvent(new Event('input'));
      show();
    },
  };
}
