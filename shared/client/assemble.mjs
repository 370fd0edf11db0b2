// Puts the npm package together in build/client, beside the WebAssembly that the build tool has put there:
// the modules as they are, their types as the compiler sees them, and what every package has. The compiler
// checks the modules on the way. `npm pack ./build/client` makes the archive.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const SOURCE = import.meta.dirname;
const ROOT = path.join(SOURCE, '..', '..');
const OUTPUT = path.join(ROOT, 'build', 'client');
// What the build tool writes; everything else in the folder is ours.
const BUILT = /^ourvidz_client(_tokens)?(\.js|\.d\.ts|_bg\.wasm)$/;
const COMPILER = path.join(ROOT, 'node_modules', '.bin', 'tsc');

/** Everything that a page loads to order something, with gzip: the modules and the rules, without the tokenizer. */
export const LARGEST_GZIP_BYTES = 250_000;
const NOT_ON_A_PAGE = ['node.js', 'workerd.js'];

/** `release` says that the WebAssembly is what is deployed, and not five times as large. */
export function assembleClient({ release = false } = {}) {
  const sources = [
    ...fs.readdirSync(path.join(SOURCE, 'modules')).map((file) => path.join(SOURCE, 'modules', file)),
    ...['package.json', 'README.md', path.join('types', 'api.d.ts')].map((file) => path.join(SOURCE, file)),
    ...['LICENSE', 'LICENSE-APACHE', 'LICENSE-MIT'].map((file) => path.join(ROOT, file)),
  ];
  sources.forEach(copy);
  // What a module of an earlier build was called must not be published again.
  const names = sources.map((file) => path.basename(file));
  const wanted = new Set([...names, ...names.map((name) => name.replace(/\.js$/, '.d.ts'))]);
  for (const file of fs.readdirSync(OUTPUT)) {
    if (!wanted.has(file) && !BUILT.test(file)) fs.rmSync(path.join(OUTPUT, file), { recursive: true });
  }
  try {
    execFileSync(process.execPath, [COMPILER, '--project', SOURCE], { encoding: 'utf8' });
  } catch (error) {
    throw new Error(`the client's modules do not compile:\n${error.stdout}${error.stderr}`);
  }
  if (!release) return;
  const size = gzipBytes();
  console.log(`  client                 ${size.toLocaleString('en-US')} bytes of gzip`);
  if (size > LARGEST_GZIP_BYTES) throw new Error(`the client is above ${LARGEST_GZIP_BYTES} bytes of gzip`);
}

/** How large the package is on a page that does not count tokens. */
export function gzipBytes() {
  const loaded = fs
    .readdirSync(OUTPUT)
    .filter((file) => /\.(js|wasm)$/.test(file) && !file.includes('tokens') && !NOT_ON_A_PAGE.includes(file));
  return loaded.reduce((sum, file) => sum + gzipSync(fs.readFileSync(path.join(OUTPUT, file))).length, 0);
}

// What is the same stays as it is: a running stack may be serving it.
function copy(file) {
  const target = path.join(OUTPUT, path.basename(file));
  const content = fs.readFileSync(file);
  if (!fs.existsSync(target) || !fs.readFileSync(target).equals(content)) fs.writeFileSync(target, content);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) assembleClient();
