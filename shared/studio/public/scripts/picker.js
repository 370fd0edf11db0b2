// Choosing one of the ten job types by three questions instead of one long list.

import { element } from './dom.js';
import { duration } from './format.js';

const MODELS = [
  { id: 'sdxl', name: 'SDXL', note: 'Square, detailed, up to six at once' },
  { id: 'wan', name: 'WAN 2.1', note: 'Portrait format' },
  { id: 'wan-enhanced', name: 'WAN 2.1, rewritten prompt', note: 'A language model improves your prompt first' },
];

/** The fieldsets, and what they say: `value()`, `set()`, and a `change` event on `node`. */
export function picker(jobTypes) {
  const choice = { format: 'image', model: 'sdxl', quality: 'fast', numImages: 1 };
  const node = element('div', { class: 'composer-choices' });
  const current = () => find(jobTypes, choice);

  const render = () => {
    if (!current()) choice.model = 'wan';
    const type = current();
    if (!type.batches.some((batch) => batch.numImages === choice.numImages)) choice.numImages = type.batches[0].numImages;
    const focused = document.activeElement?.id;
    node.replaceChildren(
      segments('format', 'Make', [['image', 'Picture'], ['video', 'Video']]),
      options(),
      segments('quality', 'Quality', [['fast', qualityLabel('fast')], ['high', qualityLabel('high')]]),
      ...(type.batches.length > 1
        ? [segments('numImages', 'How many', type.batches.map(({ numImages }) => [numImages, String(numImages)]))]
        : []),
    );
    // Drawing anew must not take the focus from who uses the keyboard.
    if (focused) document.getElementById(focused)?.focus();
  };

  const choose = (name, value) => {
    choice[name] = value;
    render();
    node.dispatchEvent(new Event('change'));
  };

  const radio = (name, value) =>
    element('input', {
      type: 'radio',
      id: `${name}-${value}`,
      name,
      value: String(value),
      checked: choice[name] === value,
      onchange: () => choose(name, value),
    });

  const segments = (name, legend, items) =>
    element(
      'fieldset',
      { class: 'choice' },
      element('legend', {}, legend),
      element('div', { class: 'segments' }, items.map(([value, label]) =>
        element('label', { class: 'segment' }, radio(name, value), element('span', {}, label)))),
    );

  const options = () =>
    element(
      'fieldset',
      { class: 'choice' },
      element('legend', {}, 'Model'),
      element('div', { class: 'options' }, MODELS.filter(({ id }) => find(jobTypes, { ...choice, model: id })).map((model) =>
        element(
          'label',
          { class: 'option' },
          radio('model', model.id),
          element('span', {}, element('b', {}, model.name), element('span', { class: 'small muted' }, describe(model))),
        ))),
    );

  const describe = (model) => {
    const type = find(jobTypes, { ...choice, model: model.id });
    const size = type.width && `${type.width} × ${type.height}`;
    const length = type.format === 'video' && type.frames && `${Math.round(type.frames / type.framesPerSecond)} s`;
    return [model.note, size, length].filter(Boolean).join(' · ');
  };

  const qualityLabel = (quality) => {
    const name = quality === 'fast' ? 'Fast' : 'High';
    const batch = find(jobTypes, { ...choice, quality })?.batches[0];
    return batch?.expectedSeconds ? `${name} · ${duration(batch.expectedSeconds)}` : name;
  };

  render();
  return {
    node,
    /** The row of the table and the number of pictures. */
    value: () => ({ type: current(), numImages: choice.numImages }),
    /** Chooses a job type by its name. */
    set(jobType, numImages) {
      const type = jobTypes.find((row) => row.jobType === jobType);
      if (!type) return;
      Object.assign(choice, { format: type.format, model: modelOf(type), quality: type.quality, numImages });
      render();
      node.dispatchEvent(new Event('change'));
    },
  };
}

function modelOf(type) {
  return type.enhanced ? `${type.model}-enhanced` : type.model;
}

function find(jobTypes, { format, model, quality }) {
  return jobTypes.find((type) => type.format === format && modelOf(type) === model && type.quality === quality);
}
