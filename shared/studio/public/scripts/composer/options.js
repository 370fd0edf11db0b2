// The small choices of an order: its shape, its style, and the kind of file.

import { element } from '../base/dom.js';
import { STYLES } from '../net/tables.generated.js';
import { shapesOf } from '../state/shape.js';
import { texts } from '../texts/composer.js';

const FILES = [
  { name: 'PNG', options: {} },
  { name: 'JPEG 95', options: { output_format: 'jpeg', output_quality: 95 } },
  { name: 'JPEG 80', options: { output_format: 'jpeg', output_quality: 80 } },
];

/** `node`, `value()` as an order says it, `set(options)`, `style`, and `update(type)` for another row of the job types. */
export function options() {
  const aspect = element('select', { id: 'aspect', class: 'input' });
  const style = element(
    'select',
    { id: 'style', class: 'input' },
    element('option', { value: '' }, texts.noStyle),
    STYLES.map((name) => element('option', { value: name }, texts.styles[name])),
  );
  const file = element(
    'select',
    { id: 'file', class: 'input', title: texts.fileHint },
    FILES.map(({ name }, index) => element('option', { value: String(index) }, name)),
  );
  const files = field(file, texts.file);
  let type = null;

  return {
    node: element('div', { class: 'trio' }, field(aspect, texts.shape), field(style, texts.style), files),
    get style() {
      return style.value;
    },
    value: () => ({
      ...(aspect.selectedIndex > 0 ? { aspect: aspect.value } : {}),
      ...(style.value === '' ? {} : { style: style.value }),
      ...(files.hidden ? {} : FILES[file.value].options),
    }),
    set(given) {
      if ([...aspect.options].some(({ value }) => value === given.aspect)) aspect.value = given.aspect;
      else aspect.selectedIndex = 0;
      style.value = STYLES.includes(given.style) ? given.style : '';
      const quality = given.output_quality ?? 90;
      file.value = given.output_format !== 'jpeg' ? '0' : quality > 85 ? '1' : '2';
    },
    update(next) {
      files.hidden = next.format === 'video';
      if (next.model === type?.model) return;
      type = next;
      const chosen = aspect.selectedIndex > 0 ? aspect.value : '';
      const shapes = shapesOf(next.jobType);
      aspect.replaceChildren(...shapes.map(({ name }) => element('option', { value: name }, name)));
      if (shapes.some(({ name }) => name === chosen)) aspect.value = chosen;
    },
  };
}

function field(input, label) {
  return element('div', { class: 'field' }, element('label', { for: input.id }, label), input);
}
