// Two pictures in one frame, with a slider between them.

import { element } from '../base/dom.js';

/** `first` and `second` are assets; the slider shows more of one or of the other. */
export function comparison(first, second) {
  const above = element('img', { class: 'compare-above', alt: `Left: ${first.title}`, src: first.url });
  const slider = element('input', {
    type: 'range',
    class: 'compare-slider',
    min: '0',
    max: '100',
    value: '50',
    'aria-label': 'How much of the left picture is shown',
  });
  const node = element(
    'div',
    { class: 'compare' },
    element('img', { alt: `Right: ${second.title}`, src: second.url }),
    above,
    element('span', { class: 'compare-line', 'aria-hidden': 'true' }),
    slider,
  );
  const show = () => node.style.setProperty('--shown', `${slider.value}%`);
  slider.addEventListener('input', show);
  show();
  return node;
}
