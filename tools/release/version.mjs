// The version of this repository, which stands in every manifest.

import fs from 'node:fs';
import path from 'node:path';

const read = (root, file) => fs.readFileSync(path.join(root, file), 'utf8');
const json = (root, file) => JSON.parse(read(root, file));

/** Where the version stands, and what each place says. */
export function versions(root) {
  return {
    'Cargo.toml': /^\[workspace\.package\]\nversion = "(.+)"$/m.exec(read(root, 'Cargo.toml'))?.[1],
    'Cargo.lock': /^name = "ourvidz-rest"\nversion = "(.+)"$/m.exec(read(root, 'Cargo.lock'))?.[1],
    'package.json': json(root, 'package.json').version,
    'package-lock.json': json(root, 'package-lock.json').version,
    'shared/client/package.json': json(root, 'shared/client/package.json').version,
    'docs/openapi.json': json(root, 'docs/openapi.json').info.version,
  };
}

/** The one version; fails with the places where it is another. */
export function oneVersion(root) {
  const all = versions(root);
  const version = all['Cargo.toml'];
  const others = Object.entries(all).filter(([, each]) => each !== version);
  if (others.length > 0) {
    const places = others.map(([file, each]) => `${file} (${each})`).join(', ');
    throw new Error(`Cargo.toml has version ${version}, but not so ${places}`);
  }
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`${version} is no version to release: it has to be like 1.2.3`);
  return version;
}

/** Whether a version comes after another one. */
export function isAfter(version, other) {
  const [a, b] = [version, other].map((each) => each.split('.').map(Number));
  const index = a.findIndex((part, i) => part !== b[i]);
  return index >= 0 && a[index] > b[index];
}
