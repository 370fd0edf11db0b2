// The form that orders a job.

import { toast } from '../base/announce.js';
import { element, icon, setText } from '../base/dom.js';
import { count, credits, duration, sentence } from '../base/format.js';
import { COMMAND } from '../base/platform.js';
import { explain, fieldOf, isPassing } from '../net/problem.js';
import { texts } from '../texts/composer.js';
import { draftOf } from './draft.js';
import { enhancer } from './enhance.js';
import { options } from './options.js';
import { picker } from './picker.js';
import { settingsOf } from './picture-settings.js';
import { projectField } from './project-field.js';
import { promptField } from './prompt-field.js';
import { promptHistory } from './prompt-history.js';
import { filesOf, references } from './references.js';

// Above this a wait is long enough to say so before somebody orders.
const LONG_QUEUE = 10;
// The same again so soon is a double click, and not a second order.
const DOUBLE_PRESS_MS = 500;

/**
 * `order(body, { upload, isStillWritten })` is that of the job actions; `ordered()` is called when it is on its way.
 * `creditsUrl` is where credits can be bought, if anywhere.
 */
export function composer({ rules, order, ordered, account, projects, client, userId, creditsUrl }) {
  const seed = element('input', {
    id: 'seed',
    class: 'input numbers',
    inputmode: 'numeric',
    autocomplete: 'off',
    placeholder: texts.seedRandom,
    title: texts.seedHint,
    'aria-describedby': 'problem',
  });
  const seedPlace = seedField(seed);
  const wanted = options();
  const kinds = picker(rules.jobTypes, { beside: seedPlace, under: wanted.node });
  const improve = enhancer({
    client,
    userId,
    jobType: () => kinds.value().type.jobType,
    read: () => prompt.input.value,
    write: (text) => prompt.write(text),
    onEmpty: () => complain({ code: 'empty_prompt' }),
  });
  const prompt = promptField({
    rules,
    type: () => kinds.value().type,
    style: () => wanted.style,
    beside: improve.button,
  });
  const history = promptHistory(userId, prompt);
  const project = projectField(projects, { read: () => prompt.input.value, write: (text) => prompt.write(text) });
  const pictures = references({ client });
  const draft = draftOf(userId);
  const problemBox = element('div', { id: 'problem', class: 'message error', role: 'alert', hidden: true });
  const queueNote = element('div', { class: 'message warning', role: 'status', hidden: true });
  const creditNote = element('div', { class: 'message warning', role: 'status', hidden: true });
  const price = element('strong', { class: 'numbers' });
  const time = element('span', { class: 'muted numbers' });
  const submit = element(
    'button',
    { type: 'submit', class: 'button primary large', 'aria-keyshortcuts': 'Control+Enter Meta+Enter' },
    texts.generate,
    element('kbd', { class: 'hide-on-touch', 'aria-hidden': 'true' }, `${COMMAND} ↵`),
  );
  const isSdxl = () => kinds.value().type.model === 'sdxl';

  let shownProblem = null;
  const bodyOf = () => {
    const { type, numImages } = kinds.value();
    const metadata = { prompt: prompt.input.value.trim(), ...wanted.value() };
    if (prompt.own.value.trim() !== '') metadata.negative_prompt = prompt.own.value.trim();
    if (isSdxl()) metadata.num_images = numImages;
    // A text that is no number goes along as it is: the rules then say what they expect.
    if (seed.value.trim() !== '') metadata.seed = /^\d+$/.test(seed.value.trim()) ? Number(seed.value) : seed.value;
    return { jobType: type.jobType, ...(project.value ? { projectId: project.value } : {}), metadata };
  };

  const showQuote = () => {
    const { type, batch } = kinds.value();
    setText(price, batch.price === undefined ? texts.priceLater : credits(batch.price));
    setText(time, batch.expectedSeconds === undefined ? '' : texts.about(duration(batch.expectedSeconds)));
    creditNote.hidden = account.balance === null || batch.price === undefined || batch.price <= account.balance;
    if (!creditNote.hidden) {
      const offer = creditsLink(creditsUrl);
      creditNote.replaceChildren(element('span', {}, creditText(account, batch.price), ' ', offer ?? ''));
    }
    const queue = account.queues?.find(({ queue: name }) => name === type.queue);
    const isLong = queue !== undefined && queue.queued > LONG_QUEUE;
    queueNote.hidden = !isLong && !queue?.waitingFor;
    if (queue) {
      const wait = isLong ? texts.jobsBefore(count(queue.queued)) : '';
      setText(queueNote, [wait, queue.waitingFor && sentence(queue.waitingFor)].filter(Boolean).join(' '));
    }
  };

  // Beside the field that it is about; what is about none stands above the button.
  const complain = (problem) => {
    problemBox.hidden = problem === null;
    shownProblem = problem;
    const field = problem === null ? undefined : fieldOf(problem);
    prompt.input.setAttribute('aria-invalid', field === 'prompt');
    seed.setAttribute('aria-invalid', field === 'seed');
    prompt.own.setAttribute('aria-invalid', field === 'negative_prompt');
    if (problem === null) return;
    const { what, action } = explain(problem, { isOrder: true });
    const offer = problem.code === 'insufficient_credits' && creditsLink(creditsUrl);
    problemBox.replaceChildren(
      element('strong', {}, what),
      ...(action || offer ? [element('span', {}, action ?? '', ' ', offer || '')] : []),
    );
    const places = { prompt: prompt.node, seed: seedPlace, negative_prompt: prompt.negative };
    if (field === 'negative_prompt') prompt.negative.open = true;
    (places[field] ?? bottom)[places[field] ? 'append' : 'prepend'](problemBox);
    ({ prompt: prompt.input, seed, negative_prompt: prompt.own })[field]?.focus();
    problem.focus?.();
    if (problem.code === 'insufficient_credits') account.refresh();
  };

  const objectionTo = (body) => {
    if (body.metadata.prompt === '') return { code: 'empty_prompt' };
    return (
      rules.validateJob(body) ??
      rules.checkPolicy([body.metadata.prompt]) ??
      (isSdxl() ? pictures.objection() : undefined)
    );
  };

  let lastPress = { written: '', at: Number.NEGATIVE_INFINITY };
  const isDoublePress = (written) => {
    const before = lastPress;
    lastPress = { written, at: performance.now() };
    return before.written === written && lastPress.at - before.at < DOUBLE_PRESS_MS;
  };

  const send = async () => {
    const body = bodyOf();
    const objection = objectionTo(body) ?? null;
    complain(objection);
    if (objection) return;
    const written = JSON.stringify(body);
    if (isDoublePress(written)) return;
    history.add(body.metadata.prompt);
    improve.close();
    const upload = isSdxl() ? pictures.upload() : async () => [];
    const answered = order(body, { upload, isStillWritten: () => JSON.stringify(bodyOf()) === written });
    ordered();
    await answered.catch(complain);
  };

  // A picture of ours brings its settings; any other one is a reference.
  const takeDropped = async (files) => {
    const settings = files.length === 1 ? await settingsOf(files[0]).catch(() => null) : null;
    if (!settings) {
      addReferences(files);
      return;
    }
    reuse({ ...settings, numImages: 1, references: [] });
    toast(texts.settingsTaken, {
      action: { label: texts.useAsReference, run: () => addReferences(files) },
    });
  };
  // Only SDXL has a use for them.
  const addReferences = (files) => {
    if (!isSdxl()) kinds.set('sdxl_image_fast', 1);
    pictures.addFiles(files);
  };

  const bottom = element(
    'div',
    { class: 'submit-row' },
    problemBox,
    creditNote,
    queueNote,
    element('p', { class: 'quote', 'aria-live': 'polite' }, price, time),
    submit,
    rules.available ? null : element('p', { class: 'message' }, texts.rulesMissing),
  );

  const form = element(
    'form',
    {
      class: 'panel composer',
      'aria-label': texts.newJob,
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        send();
      },
      onkeydown: (event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        // A key that is held down means one order.
        if (!event.repeat) form.requestSubmit();
      },
      ondragover: (event) => {
        if (![...event.dataTransfer.types].includes('Files')) return;
        event.preventDefault();
        form.dataset.dropping = 'yes';
      },
      ondragleave: (event) => {
        if (!form.contains(event.relatedTarget)) delete form.dataset.dropping;
      },
      ondrop: (event) => {
        delete form.dataset.dropping;
        if (event.dataTransfer.files.length === 0) return;
        event.preventDefault();
        takeDropped([...event.dataTransfer.files]);
      },
      onpaste: (event) => {
        const files = isSdxl() ? filesOf(event.clipboardData) : [];
        if (files.length === 0) return;
        event.preventDefault();
        pictures.addFiles(files);
      },
    },
    element(
      'div',
      { class: 'composer-body' },
      project.node,
      prompt.node,
      history.node,
      improve.node,
      pictures.node,
      kinds.node,
      prompt.negative,
    ),
    bottom,
  );

  const chosen = () => {
    pictures.node.hidden = !isSdxl();
    wanted.update(kinds.value().type);
    showQuote();
    prompt.show();
  };
  const remember = () => {
    const { type, numImages } = kinds.value();
    draft.write({
      prompt: prompt.input.value,
      jobType: type.jobType,
      numImages,
      seed: seed.value,
      options: { ...wanted.value(), negative_prompt: prompt.own.value },
      project: project.value,
    });
  };
  prompt.input.addEventListener('input', () => problemBox.hidden || complain(null));
  for (const field of [seed, prompt.own]) field.addEventListener('input', () => problemBox.hidden || complain(null));
  wanted.node.addEventListener('change', () => prompt.show());
  const stopped = new AbortController();
  addEventListener('online', () => shownProblem && isPassing(shownProblem) && complain(null), {
    signal: stopped.signal,
  });
  kinds.node.addEventListener('change', chosen);
  form.addEventListener('input', remember);
  form.addEventListener('change', remember);
  account.addEventListener('changed', showQuote);

  const fill = ({ jobType, numImages, prompt: text, seed: number, options: given = {} }) => {
    kinds.set(jobType, numImages);
    wanted.update(kinds.value().type);
    wanted.set(given);
    prompt.own.value = given.negative_prompt ?? '';
    // Nobody orders with words that are out of sight.
    prompt.negative.open ||= prompt.own.value !== '';
    prompt.input.value = text;
    seed.value = number === null ? '' : String(number);
  };
  const started = draft.read();
  if (started) {
    fill(started);
    project.set(started.project);
  }
  chosen();

  const reveal = () => {
    prompt.input.focus({ preventScroll: true });
    form.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  };

  const reuse = (job) => {
    improve.close();
    fill(job);
    pictures.set(job.references);
    complain(null);
    chosen();
    remember();
    reveal();
  };

  return {
    node: form,
    /** Puts the settings of a job into the form. */
    reuse,
    /** Begins with a prompt. */
    start(text) {
      prompt.write(text);
      remember();
      reveal();
    },
    /** Takes a picture as a reference. */
    addReference(file) {
      addReferences([file]);
      reveal();
    },
    stop: () => stopped.abort(),
  };
}

function creditText({ balance, held }, price) {
  const waiting = held > 0 ? texts.heldMayComeBack(credits(held)) : '';
  return texts.creditsTooFew(credits(balance), count(price), waiting);
}

function creditsLink(url) {
  return url ? element('a', { href: url, target: '_blank', rel: 'noopener' }, texts.addCredits) : undefined;
}

function seedField(input) {
  const roll = element(
    'button',
    {
      type: 'button',
      class: 'button quiet only-icon compact',
      'aria-label': texts.rollSeed,
      title: texts.rollSeed,
      onclick: () => {
        input.value = String(randomSeed());
      },
    },
    icon('dice'),
  );
  return element(
    'div',
    { class: 'field' },
    element('label', { for: 'seed' }, texts.seed),
    element('div', { class: 'seed-row' }, input, roll),
  );
}

function randomSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
