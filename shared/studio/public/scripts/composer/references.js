// Reference images: dropped, pasted or chosen; uploaded when the job is ordered.

import { announce } from '../base/announce.js';
import { element, icon, setText } from '../base/dom.js';
import { Problem } from '../net/problem.js';
import { MAX_REFERENCE_BYTES } from '../net/tables.generated.js';
import { texts } from '../texts/composer.js';
import { referenceRow, TYPES } from './reference-row.js';

const MEDIA_TYPES = ['image/png', 'image/jpeg', 'image/webp'];

/** A list that `upload()` turns into what an order names. */
export function references({ client }) {
  const rows = [];
  const list = element('ul', { class: 'references' });
  const complaint = element('p', { class: 'message error', role: 'alert', hidden: true });
  const input = element('input', {
    type: 'file',
    accept: MEDIA_TYPES.join(','),
    multiple: true,
    class: 'visually-hidden',
    tabIndex: -1,
    'aria-hidden': 'true',
  });
  const add = element(
    'button',
    { type: 'button', class: 'drop', onclick: () => input.click() },
    icon('upload'),
    element('span', {}, texts.addReference),
    element('span', { class: 'small muted hide-on-touch' }, texts.orDrop),
  );
  const node = element(
    'fieldset',
    { class: 'choice' },
    element('legend', { class: 'visually-hidden' }, texts.referenceImages),
    list,
    add,
    input,
    complaint,
  );
  input.addEventListener('change', () => {
    addFiles([...input.files]);
    input.value = '';
  });

  const complain = (text) => {
    complaint.hidden = text === '';
    setText(complaint, text);
  };

  const freeTypes = (except) =>
    Object.keys(TYPES).filter((type) => rows.every((row) => row === except || row.type !== type));

  const insert = (fields) => {
    const row = referenceRow({ ...fields, free: () => freeTypes(row), changed: update, remove: () => remove(row) });
    rows.push(row);
    list.append(row.node);
    update();
  };

  const remove = (row) => {
    rows.splice(rows.indexOf(row), 1);
    row.node.remove();
    row.release();
    update();
    add.focus();
  };

  const update = () => {
    for (const row of rows) row.update();
    list.hidden = rows.length === 0;
    add.hidden = freeTypes().length === 0;
  };

  const addFiles = (files) => {
    complain('');
    for (const file of files) {
      const objection = objectionTo(file, freeTypes().length);
      if (objection) {
        complain(objection);
        return;
      }
      insert({ file, type: freeTypes()[0] });
      announce(texts.referenceAdded(file.name));
    }
  };

  update();
  return {
    node,
    addFiles,
    /** Those of an earlier job, which are uploaded already. */
    set(stored) {
      for (const row of [...rows]) remove(row);
      for (const { type, key, strength } of stored) insert({ key, type, strength });
    },
    /** What keeps them from being ordered, if anything. */
    objection() {
      const unsure = rows.find((row) => row.needsConsent);
      if (!unsure) return undefined;
      const problem = new Problem({
        code: 'consent',
        message: texts.consentMissing,
        suggestedAction: texts.consentHow,
      });
      return Object.assign(problem, { focus: unsure.askConsent });
    },
    /** A function that uploads what is not there yet, and gives what an order names: of the references as they are now. */
    upload() {
      const taken = rows.map((row) => row.take());
      return () => Promise.all(taken.map((upload) => upload(client)));
    },
  };
}

function objectionTo(file, places) {
  if (places === 0) return texts.oneOfEachType;
  if (!MEDIA_TYPES.includes(file.type)) return texts.noPicture(file.name);
  if (file.size > MAX_REFERENCE_BYTES) return texts.tooLarge(file.name);
  return undefined;
}

/** Pictures in what somebody dropped or pasted. */
export function filesOf(transfer) {
  return [...(transfer?.files ?? [])].filter(({ type }) => type.startsWith('image/'));
}
