// What the page's first files name: all that it needs, nothing else, and nothing that its policy forbids.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const PAGE = path.resolve(import.meta.dirname, '../../shared/studio/public');
const CLIENT = path.resolve(import.meta.dirname, '../../shared/client/modules');
const html = fs.readFileSync(path.join(PAGE, 'index.html'), 'utf8');

// An example for other programs names a package; our modules are at addresses.
const AT_ONCE = /^(?:import|export)\b[^;]*? from '([./][^']+)';/gm;
const LATER = /\b(?:import|register)\('([./][^']+)'\)/g;

/** The addresses of all modules that one needs at once, itself included; with `patterns`, also of those that it loads later. */
function modulesOf(address, patterns = [AT_ONCE], found = new Set()) {
  if (found.has(address)) return found;
  found.add(address);
  const file = address.startsWith('/client/')
    ? path.join(CLIENT, address.slice('/client/'.length))
    : path.join(PAGE, address);
  // What the build puts there has no source here.
  if (!fs.existsSync(file) && address.startsWith('/client/')) return found;
  const text = fs.readFileSync(file, 'utf8');
  for (const [, target] of patterns.flatMap((pattern) => [...text.matchAll(pattern)])) {
    modulesOf(new URL(target, `https://page.example${address}`).pathname, patterns, found);
  }
  return found;
}

test('the browser is told of every module at once, not of one after the other', () => {
  const needed = [...modulesOf('/scripts/main.js')].filter((address) => address !== '/scripts/main.js').sort();
  const preloaded = [...html.matchAll(/<link rel="modulepreload" href="([^"]+)">/g)].map(([, href]) => href);
  assert.deepEqual(preloaded.toSorted(), needed);
});

// What is opened by itself, and not from the studio.
const PAGES = ['index.html', 'admin.html', 'docs.html', 'offline.html'];

test('every script and every style is used', () => {
  const files = fs
    .readdirSync(PAGE, { recursive: true })
    .map((file) => `/${file}`)
    .filter((file) => /\.(js|css)$/.test(file));
  const named = PAGES.flatMap((page) =>
    [...fs.readFileSync(path.join(PAGE, page), 'utf8').matchAll(/(?:href|src)="([^"]+)"/g)].map(
      ([, address]) => address,
    ),
  );
  const scripts = named.filter((address) => /^\/scripts\/.*\.js$/.test(address));
  const used = new Set([...named, ...scripts.flatMap((script) => [...modulesOf(script, [AT_ONCE, LATER])])]);
  assert.deepEqual(
    files.filter((file) => !used.has(file)),
    [],
  );
});

test('nothing is inline and nothing comes from elsewhere', () => {
  assert.doesNotMatch(html, /<script>|<style|\sstyle=|\son[a-z]+=/);
  const addresses = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, address]) => address);
  assert.deepEqual(
    addresses.filter((address) => !address.startsWith('/') && !address.startsWith('#')),
    [],
  );
  for (const file of fs.readdirSync(path.join(PAGE, 'styles'))) {
    assert.doesNotMatch(fs.readFileSync(path.join(PAGE, 'styles', file), 'utf8'), /url\("(?!\/)|@import/, file);
  }
});
