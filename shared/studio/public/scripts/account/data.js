// What belongs to the person: take it along, or have it deleted.

import { notice } from '../base/announce.js';
import { element, setText } from '../base/dom.js';
import { saveBlob } from '../base/download.js';
import { rest, whileResting } from '../base/focus.js';
import { count } from '../base/format.js';
import { confirmed } from '../base/sheet.js';
import { attempt, sayProblem } from '../shell/attempt.js';
import { texts } from '../texts/account.js';

const CONFIRMATION = texts.deleteWord;

/** `node` and `stop()`. `deleted()` is called when nothing is left. */
export function dataPanel(client, { deleted }) {
  const progress = element('p', { class: 'muted small numbers', role: 'status' });
  let running = null;
  const take = element('button', { type: 'button', class: 'button', onclick: () => exportNow() }, texts.exportMyData);
  const stop = element(
    'button',
    { type: 'button', class: 'button', hidden: true, onclick: () => running?.abort() },
    texts.stop,
  );
  const exportNow = async () => {
    if (running) return;
    running = new AbortController();
    const { signal } = running;
    rest(take, true);
    stop.hidden = false;
    setText(progress, texts.exportBegins);
    try {
      const { exportAll } = await import('./export.js');
      const told = ({ done, all }) => setText(progress, texts.exportProgress(count(done), count(all)));
      const { files, missing } = await exportAll(client, { save: saveBlob, told, signal });
      const lost = missing.length === 0 ? '' : texts.exportMissing(count(missing.length), missing.join(', '));
      setText(progress, texts.exported(count(files), lost));
    } catch (problem) {
      setText(progress, '');
      if (signal.aborted) notice(texts.exportStopped);
      else sayProblem(problem);
    } finally {
      running = null;
      rest(take, false);
      stop.hidden = true;
    }
  };
  const deleteAll = attempt(async () => {
    const isMeant = await confirmed({
      title: texts.deleteTitle,
      text: [texts.deleteWhat, texts.deleteWhatStays],
      label: texts.deleteEverything,
      word: CONFIRMATION,
    });
    if (!isMeant) return;
    running?.abort();
    await whileResting([erase], () => client.deleteData());
    deleted();
  });
  const erase = element('button', { type: 'button', class: 'button', onclick: deleteAll }, texts.deleteOpen);
  return {
    node: element(
      'section',
      { class: 'panel table-panel', 'aria-label': texts.yourData },
      element('h2', {}, texts.yourData),
      element('p', { class: 'muted' }, texts.exportWhat),
      element('div', { class: 'data-actions' }, take, stop, progress),
      element('p', { class: 'muted' }, texts.deleteOffer),
      element('div', { class: 'data-actions' }, erase),
    ),
    stop: () => running?.abort(),
  };
}
