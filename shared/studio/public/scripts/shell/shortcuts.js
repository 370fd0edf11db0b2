// All keys in one place, shown by `?`.

import { element, icon } from '../base/dom.js';
import { COMMAND, DELETE } from '../base/platform.js';
import { texts } from '../texts/shortcuts.js';

const KEYS = {
  [texts.inTheForm]: [
    [[COMMAND, 'Enter'], texts.generate],
    [['↑', '↓'], texts.earlierPromptsAtTheStart],
  ],
  [texts.inTheLibrary]: [
    [['←', '→', '↑', '↓'], texts.move],
    [['Enter'], texts.open],
    [['Space'], texts.select],
    [['Shift', '←', '→'], texts.selectMore],
    [[COMMAND, 'A'], texts.selectAllThatIsShown],
    [['S'], texts.save],
    [['T'], texts.tags],
    [[DELETE], texts.delete],
  ],
  [texts.lookingAtAPicture]: [
    [['←', '→'], texts.nextAndPrevious],
    [['+', '−', '0'], texts.largerSmallerWhole],
    [['←', '→', '↑', '↓'], texts.moveWhatIsLarger],
    [['C'], texts.compareWithTheNext],
    [['F'], texts.fullScreen],
    [['S'], texts.save],
    [['T'], texts.tags],
    [[DELETE], texts.delete],
  ],
  [texts.everywhere]: [
    [[COMMAND, 'Z'], texts.takeADeletionBack],
    [['?'], texts.theseKeys],
  ],
};

/** A dialog that shows itself and goes when it is closed. */
export function showShortcuts() {
  const dialog = element(
    'dialog',
    { class: 'sheet', 'aria-labelledby': 'shortcuts-title', onclose: () => dialog.remove() },
    element(
      'div',
      { class: 'label-row' },
      element('h2', { id: 'shortcuts-title' }, texts.keys),
      element(
        'button',
        { type: 'button', class: 'button quiet only-icon', 'aria-label': texts.close, onclick: () => dialog.close() },
        icon('cancel'),
      ),
    ),
    element(
      'div',
      { class: 'sheet-columns' },
      Object.entries(KEYS).map(([where, keys]) =>
        element(
          'section',
          {},
          element('h3', {}, where),
          element(
            'dl',
            { class: 'keys' },
            keys.map(([printed, what]) =>
              element(
                'div',
                {},
                element(
                  'dt',
                  {},
                  printed.map((each) => element('kbd', {}, each)),
                ),
                element('dd', {}, what),
              ),
            ),
          ),
        ),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
