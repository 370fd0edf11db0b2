// The page as it is served: the files of shared/studio/public, the browser client under /client, and
// security headers that name the servers which the page has to reach.

import fs from 'node:fs';
import path from 'node:path';
import { transformSync } from 'esbuild';
import { REPOSITORY_ROOT } from '../settings/layout.mjs';

export const PAGE_SOURCE = path.join(REPOSITORY_ROOT, 'shared', 'studio', 'public');
/** Where a deployment takes the page from; wrangler.toml names it. */
export const PAGE_OUTPUT = path.join(REPOSITORY_ROOT, 'build', 'page');
const CLIENT_OUTPUT = path.join(REPOSITORY_ROOT, 'build', 'client');

/** What the page does with a server, as the directives of its Content-Security-Policy. */
const SIGN_IN = ['connect-src'];
const STORAGE = ['connect-src', 'img-src', 'media-src'];

/** What the sources are written in: nothing is made older than it is. */
const OLDEST_LANGUAGE = 'esnext';

/** Puts the page into `output`, anew. The settings are those of the functions: they say which servers there are. */
export function assemblePage(output, { SUPABASE_URL, S3_ENDPOINT, PUBLIC_BASE_URL }, client = CLIENT_OUTPUT) {
  fs.rmSync(output, { recursive: true, force: true });
  fs.cpSync(PAGE_SOURCE, output, { recursive: true });
  fs.cpSync(client, path.join(output, 'client'), { recursive: true, filter: isServed });
  for (const file of fs.readdirSync(output, { recursive: true })) shorten(path.join(output, file));
  const headers = path.join(output, '_headers');
  let text = fs.readFileSync(headers, 'utf8');
  for (const [url, directives] of [
    [SUPABASE_URL, SIGN_IN],
    [S3_ENDPOINT, STORAGE],
  ]) {
    const origin = originOf(url);
    // 'self' covers the page's own.
    if (origin && origin !== originOf(PUBLIC_BASE_URL)) text = allowOrigin(text, directives, origin);
  }
  fs.writeFileSync(headers, text);
}

/** Adds an origin to directives of every Content-Security-Policy in a `_headers` file. */
export function allowOrigin(headers, directives, origin) {
  return headers.replaceAll(/^(\s*Content-Security-Policy:)(.*)$/gim, (_, name, policy) => {
    const parts = policy.split(';').map((part) => {
      const [directive] = part.trim().split(/\s+/);
      const known = part.split(/\s+/).includes(origin);
      return directives.includes(directive) && !known ? `${part.trimEnd()} ${origin}` : part;
    });
    return `${name}${parts.join(';')}`;
  });
}

// Comments and spaces are a third of what a browser would fetch. Names stay, so that a stack trace can be read.
function shorten(file) {
  const loader = path.extname(file).slice(1);
  if (!['js', 'css'].includes(loader)) return;
  const { code } = transformSync(fs.readFileSync(file, 'utf8'), {
    loader,
    target: OLDEST_LANGUAGE,
    charset: 'utf8',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'inline',
  });
  fs.writeFileSync(file, code);
}

// The rest of the package is for editors and for other runtimes.
function isServed(file) {
  const name = path.basename(file);
  return fs.statSync(file).isDirectory() || (/\.(js|wasm)$/.test(name) && !['node.js', 'workerd.js'].includes(name));
}

function originOf(url) {
  return url && URL.canParse(url) ? new URL(url).origin : undefined;
}
