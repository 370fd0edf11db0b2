// Two pictures in one frame, with a slider between them.

import { element } from '../base/dom.js';
import { calledBy } from '../state/names.js';
import { texts } from '../texts/viewer.js';

/** `first` and `second` are assets; the slider shows more of one or of the other. */
export function comparison(first, second) {
  const above = element('img', { class: 'compare-above', alt: texts.left(calledBy(first)), src: first.url });
  const slider = element('input', {
    type: 'range',
    class: 'compare-slider',
    min: '0',
    max: '100',
    value: '50',
    'aria-label': texts.howMuchOfLeft(calledBy(first)),
  });
  const node = element(
    'div',
    { class: 'compare' },
    element('img', { alt: texts.right(calledBy(second)), src: second.url }),
    above,
    element('span', { class: 'compare-line', 'aria-hidden': 'true' }),
    slider,
  );
  node.style.setProperty('--ratio', first.ratio);
  const show = () => node.style.setProperty('--shown', `${slider.value}%`);
  slider.addEventListener('input', show);
  show();
  return node;
}
