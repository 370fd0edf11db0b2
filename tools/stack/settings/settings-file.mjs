// The settings file of a deployment: KEY=value lines, as .dev.vars.example shows them.

import fs from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { REPOSITORY_ROOT } from './layout.mjs';

const EXAMPLE_FILE = path.join(REPOSITORY_ROOT, '.dev.vars.example');

/** What the example asks for: `required` names stand there as they are, `optional` ones behind a `#`. */
export function knownSettings(example = fs.readFileSync(EXAMPLE_FILE, 'utf8')) {
  const names = (pattern) => [...example.matchAll(pattern)].map(([, name]) => name);
  return { required: names(/^([A-Z0-9_]+)=/gm), optional: names(/^#([A-Z0-9_]+)=/gm) };
}

/** Reads a settings file. Fails with the names, never the values, that are missing or unknown. */
export function readSettings(file) {
  const settings = Object.fromEntries(
    Object.entries(parseEnv(fs.readFileSync(file, 'utf8'))).filter(([, value]) => value !== ''),
  );
  const { required, optional } = knownSettings();
  const missing = required.filter((name) => settings[name] === undefined);
  const unknown = Object.keys(settings).filter((name) => !required.includes(name) && !optional.includes(name));
  const problems = [
    ...missing.map((name) => `  ${name} is missing`),
    ...unknown.map((name) => `  ${name} is no setting of the functions`),
  ];
  if (problems.length > 0) throw new Error([`${file} does not fit .dev.vars.example:`, ...problems].join('\n'));
  return settings;
}

/** The host of PUBLIC_BASE_URL. A deployment has no path and no port of its own, and speaks HTTPS. */
export function publicHost({ PUBLIC_BASE_URL }) {
  const url = URL.canParse(PUBLIC_BASE_URL) ? new URL(PUBLIC_BASE_URL) : null;
  if (url?.protocol !== 'https:' || url.port !== '' || url.pathname !== '/') {
    throw new Error('PUBLIC_BASE_URL has to be like https://studio.example.com');
  }
  return url.hostname;
}
