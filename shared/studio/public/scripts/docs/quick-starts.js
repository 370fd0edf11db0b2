// The first picture, in four languages.

import { element } from '../base/dom.js';
import { texts } from '../texts/docs.js';
import { code } from './code.js';

/** For a service at `base`. */
export function quickStarts(base, { supabaseUrl }) {
  const programs = Object.entries(texts.firstPrograms(base, supabaseUrl));
  return [
    element('p', {}, texts.beforeTheFirst),
    ...programs.flatMap(([name, text]) => [element('h3', {}, name), code(text, name)]),
  ];
}
