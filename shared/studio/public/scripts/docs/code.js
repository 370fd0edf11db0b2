// A piece of code with a button that copies it.

import { element, setText } from '../base/dom.js';
import { texts } from '../texts/docs.js';

const SHOWN_MS = 2_000;

export function code(text, label) {
  const copy = element(
    'button',
    { type: 'button', class: 'button compact code-copy', 'aria-label': texts.copyOf(label) },
    texts.copy,
  );
  copy.addEventListener('click', async () => {
    const copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    setText(copy, copied ? texts.copied : texts.notAllowed);
    setTimeout(setText, SHOWN_MS, copy, texts.copy);
  });
  return element(
    'div',
    { class: 'code' },
    element('pre', { tabindex: '0', 'aria-label': label }, element('code', {}, text)),
    copy,
  );
}
