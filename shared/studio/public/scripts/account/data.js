// What belongs to the person: take it along, or have it deleted.

import { notice } from '../base/announce.js';
import { element, setText } from '../base/dom.js';
import { saveBlob } from '../base/download.js';
import { count } from '../base/format.js';
import { confirmed } from '../base/sheet.js';
import { attempt, sayProblem } from '../shell/attempt.js';

const CONFIRMATION = 'delete everything';

/** `node` and `stop()`. `deleted()` is called when nothing is left. */
export function dataPanel(client, { deleted }) {
  const progress = element('p', { class: 'muted small numbers', role: 'status' });
  let running = null;
  const take = element('button', { type: 'button', class: 'button', onclick: () => exportNow() }, 'Export my data');
  const stop = element(
    'button',
    { type: 'button', class: 'button', hidden: true, onclick: () => running?.abort() },
    'Stop',
  );
  const exportNow = async () => {
    if (running) return;
    running = new AbortController();
    const { signal } = running;
    take.disabled = true;
    stop.hidden = false;
    setText(progress, 'Reading what there is …');
    try {
      const { exportAll } = await import('./export.js');
      const told = ({ done, all }) => setText(progress, `${count(done)} of ${count(all)} files …`);
      const { files, missing } = await exportAll(client, { save: saveBlob, told, signal });
      const lost = missing.length === 0 ? '' : ` ${count(missing.length)} could not be read: ${missing.join(', ')}.`;
      setText(progress, `Exported: the records and ${count(files)} files.${lost}`);
    } catch (problem) {
      setText(progress, '');
      if (signal.aborted) notice('The export was stopped.');
      else sayProblem(problem);
    } finally {
      running = null;
      take.disabled = false;
      stop.hidden = true;
    }
  };
  const deleteAll = attempt(async () => {
    const isMeant = await confirmed({
      title: 'Delete everything you made?',
      text: [
        'All pictures and videos, jobs, projects, reference images, API keys and webhooks are deleted, and what runs is canceled. Nobody can bring them back, so export first what you want to keep.',
        'Your sign-in and your credits stay, with a record of amounts and dates.',
      ],
      label: 'Delete everything',
      word: CONFIRMATION,
    });
    if (!isMeant) return;
    running?.abort();
    erase.disabled = true;
    try {
      await client.deleteData();
      deleted();
    } finally {
      erase.disabled = false;
    }
  });
  const erase = element('button', { type: 'button', class: 'button', onclick: deleteAll }, 'Delete everything …');
  return {
    node: element(
      'section',
      { class: 'panel table-panel', 'aria-label': 'Your data' },
      element('h2', {}, 'Your data'),
      element(
        'p',
        { class: 'muted' },
        'An archive with your orders, projects and credits as JSON, and every picture and video as it is.',
      ),
      element('div', { class: 'data-actions' }, take, stop, progress),
      element('p', { class: 'muted' }, 'Or have all of it deleted, the files too. This cannot be undone.'),
      element('div', { class: 'data-actions' }, erase),
    ),
    stop: () => running?.abort(),
  };
}
