// Which secrets a function gets: those that its entry names, so that what takes one function over has no key to what
// only others use.

import fs from 'node:fs';
import path from 'node:path';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';

/** The secrets that the entry of a function names. */
export function secretsOf(name) {
  const entry = fs.readFileSync(path.join(REPOSITORY_ROOT, 'functions', name, 'src', 'entry.rs'), 'utf8');
  const list = entry.match(/secrets: &\[([^\]]*)\]/)?.[1];
  if (list === undefined) throw new Error(`functions/${name}/src/entry.rs names no secrets`);
  return [...list.matchAll(/"(\w+)"/g)].map(([, secret]) => secret);
}

/** The settings without the secrets that only other functions use. */
export function settingsFor({ secrets }, functions, settings) {
  const all = new Set(functions.flatMap((each) => each.secrets));
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !all.has(name) || secrets.includes(name)));
}
