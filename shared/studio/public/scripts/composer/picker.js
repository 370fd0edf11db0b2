// Choosing one of the ten job types by three questions instead of one long list.

import { element, setText } from '../base/dom.js';
import { credits, duration } from '../base/format.js';
import { texts } from '../texts/composer.js';

const MODELS = [
  { id: 'sdxl', name: 'SDXL', note: texts.upToSix },
  { id: 'wan', name: 'WAN 2.1', note: texts.portraitOrLandscape },
  { id: 'wan-enhanced', name: texts.wanRewritten, note: texts.wanRewrittenNote },
];

/**
 * The fieldsets, and what they say: `value()`, `set()`, and a `change` event on `node`. `beside` is put next to
 * the last of them, which is short, and `under` below those before.
 */
export function picker(jobTypes, { beside, under }) {
  const choice = { format: 'image', model: 'sdxl', quality: 'fast', numImages: 1 };
  const batchSizes = [...new Set(jobTypes.flatMap(({ batches }) => batches.map(({ numImages }) => numImages)))];
  const current = () => find(jobTypes, choice);

  const choose = (name, value) => {
    choice[name] = value;
    update();
    node.dispatchEvent(new Event('change'));
  };
  // Made once and then updated: a radio button that is replaced while it is used loses the focus.
  const updates = [];
  const radio = (name, value) => {
    const input = element('input', {
      type: 'radio',
      id: `${name}-${value}`,
      name,
      value: String(value),
      onchange: () => choose(name, value),
    });
    updates.push(() => {
      input.checked = choice[name] === value;
    });
    return input;
  };

  const segments = (name, legend, values, label) =>
    element(
      'fieldset',
      { class: 'choice' },
      element('legend', {}, legend),
      element(
        'div',
        { class: 'segments' },
        values.map((value) => {
          const text = element('span');
          updates.push(() => setText(text, label(value)));
          return element('label', { class: 'segment' }, radio(name, value), text);
        }),
      ),
    );

  const models = element(
    'div',
    { class: 'segments' },
    MODELS.map((model) => {
      const label = element('label', { class: 'segment' }, radio('model', model.id), element('span', {}, model.name));
      updates.push(() => {
        label.hidden = find(jobTypes, { ...choice, model: model.id }) === undefined;
      });
      return label;
    }),
  );
  const note = element('p', { class: 'small muted choice-note', 'aria-live': 'polite' });
  updates.push(() =>
    setText(
      note,
      describe(
        MODELS.find(({ id }) => id === choice.model),
        current(),
      ),
    ),
  );

  const qualityLabel = (quality) => (quality === 'fast' ? texts.fast : texts.high);
  const howMany = segments('numImages', texts.howMany, batchSizes, String);
  const node = element(
    'div',
    { class: 'composer-choices' },
    element('fieldset', { class: 'choice' }, element('legend', {}, texts.model), models, note),
    element(
      'div',
      { class: 'pair' },
      segments('format', texts.make, ['image', 'video'], (format) =>
        format === 'image' ? texts.picture : texts.video,
      ),
      segments('quality', texts.quality, ['fast', 'high'], qualityLabel),
    ),
    under,
    element('div', { class: 'pair' }, howMany, beside),
  );

  function update() {
    // SDXL makes no videos, and WAN no batches: the nearest choice that exists takes their place.
    if (!current()) choice.model = 'wan';
    const { batches } = current();
    if (!batchOf(current(), choice.numImages)) choice.numImages = batches[0].numImages;
    howMany.hidden = batches.length === 1;
    for (const run of updates) run();
  }

  update();
  return {
    node,
    /** The row of the table and the number of pictures. */
    value: () => ({ type: current(), numImages: choice.numImages, batch: batchOf(current(), choice.numImages) }),
    /** Chooses a job type by its name. */
    set(jobType, numImages) {
      const type = jobTypes.find((row) => row.jobType === jobType);
      if (!type) return;
      Object.assign(choice, { format: type.format, model: modelOf(type), quality: type.quality, numImages });
      update();
      node.dispatchEvent(new Event('change'));
    },
  };
}

function describe(model, type) {
  const length = type.format === 'video' && type.frames && duration(type.frames / type.framesPerSecond);
  const price = type.batches[0].price;
  return [model.note, length, price && credits(price)].filter(Boolean).join(' · ');
}

function modelOf(type) {
  return type.enhanced ? `${type.model}-enhanced` : type.model;
}

function batchOf(type, numImages) {
  return type?.batches.find((batch) => batch.numImages === numImages);
}

function find(jobTypes, { format, model, quality }) {
  return jobTypes.find((type) => type.format === format && modelOf(type) === model && type.quality === quality);
}
