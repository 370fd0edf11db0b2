// What the documents say about the repository is so: paths, commands, settings, dependencies.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { testPlan } from '../../tools/stack/testing/plan.mjs';
import { fencedBlocks, NOT_RUN, RUN_BY, reasonNotToRun } from '../journeys/documents.mjs';
import { exists, publishedFiles, ROOT, read } from './support.mjs';

const files = publishedFiles();
const folders = new Set(files.flatMap((file) => ancestors(file)));
// A changelog tells of what was, and a record of a decision of what was there on its day.
const documents = files.filter(
  (file) => file.endsWith('.md') && file !== 'CHANGELOG.md' && !file.startsWith('docs/decisions/0'),
);
const manifest = JSON.parse(read('package.json'));
const metadata = JSON.parse(
  execFileSync('cargo', ['metadata', '--format-version', '1', '--locked', '--no-deps'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  }),
);

// Recipes name files that their reader makes: `<...>`, and the function `palette` of CONTRIBUTING.md.
const OF_THE_READER = /<|palette|\.\.\.$/;
// A method of the Model Context Protocol looks like one of our paths.
const METHOD = /^tools\/(list|call)$/;

function ancestors(file) {
  const parts = file.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Code in a document, spans and blocks, without the diagrams. */
function code(file) {
  const text = read(file);
  const blocks = fencedBlocks(file).filter(({ language }) => language !== 'text');
  const spans = text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').matchAll(/(?<!`)`([^`\n]+)`(?!`)/g);
  return [...blocks.map((block) => block.text), ...[...spans].map(([, span]) => span)];
}

/** `${document}: ${found}` for all that a document should not have. */
function faults(find) {
  return documents.flatMap((file) => find(file).map((found) => `${file}: ${found}`));
}

test('every link leads to a file', () => {
  assert.ok(documents.length > 10);
  const broken = faults((file) =>
    [...read(file).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target.split('#')[0])
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target) && !OF_THE_READER.test(target))
      .filter((target) => !exists(path.join(path.dirname(file), target))),
  );
  assert.deepEqual(broken, []);
});

test('every link into a document leads to a heading', () => {
  const anchors = (file) =>
    [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
  const broken = faults((file) =>
    [...read(file).matchAll(/\]\(([^)\s:]*)#([^)\s]+)\)/g)]
      .filter(([, target, anchor]) => {
        const into = target === '' ? file : path.join(path.dirname(file), target);
        return into.endsWith('.md') && exists(into) && !anchors(into).includes(anchor);
      })
      .map(([link]) => link),
  );
  assert.deepEqual(broken, []);
});

test('every path exists', () => {
  const top = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
  const missing = faults((file) =>
    code(file)
      .flatMap((text) => text.match(/[\w.@*{},<>/-]+\/[\w.@*{},<>/-]*/g) ?? [])
      .filter((name) => top.has(name.split('/')[0]) && !OF_THE_READER.test(name) && !METHOD.test(name))
      .map((name) => name.replace(/[/.,]+$/, ''))
      .filter((name) => !spellings(name).every(isThere)),
  );
  assert.deepEqual([...new Set(missing)], []);
});

/** `a/{b,c}` as `a/b` and `a/c`. */
function spellings(name) {
  const [whole, choices] = /\{([^}]+)\}/.exec(name) ?? [];
  return whole === undefined ? [name] : choices.split(',').flatMap((each) => spellings(name.replace(whole, each)));
}

function isThere(name) {
  if (!name.includes('*')) return folders.has(name) || files.includes(name);
  const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll(/\*+/g, '[^/]*')}$`);
  return files.some((file) => pattern.test(file)) || [...folders].some((folder) => pattern.test(folder));
}

test('every file that is named without its folder exists somewhere', () => {
  const names = new Set(files.map((file) => path.basename(file)));
  const missing = faults((file) =>
    code(file)
      .filter((span) => /^[\w.-]+\.(mjs|js|jsx|rs|sql|md|yaml|css|py)$/.test(span) && !OF_THE_READER.test(span))
      .filter((name) => !names.has(name)),
  );
  assert.deepEqual(missing, []);
});

test('every item of Rust that is named by its path exists', () => {
  const sources = files.filter((file) => file.endsWith('.rs')).map(read);
  const items = new Set(
    sources.flatMap((text) =>
      [...text.matchAll(/\b(?:fn|struct|enum|trait|mod|const|static|type) (\w+)/g)].map(([, name]) => name),
    ),
  );
  const missing = faults((file) =>
    code(file)
      .flatMap((text) => text.match(/\b[a-z_]\w*(?:::\w+)+/g) ?? [])
      .filter((name) => !name.startsWith('std::') && !items.has(name.split('::').at(-1))),
  );
  assert.deepEqual(missing, []);
});

test('every command of npm is a script of package.json, and every step a step of the tests', () => {
  const steps = testPlan().map(({ name }) => name);
  const unknown = faults((file) =>
    code(file).flatMap((text) => [
      ...[...text.matchAll(/\bnpm run (?:--\w+ )*([\w:-]+)/g)]
        .map(([, name]) => name)
        .filter((n) => !manifest.scripts[n]),
      ...[...text.matchAll(/\bnpm (start|test)\b/g)].map(([, name]) => name).filter((name) => !manifest.scripts[name]),
      ...[...text.matchAll(/--only (?:'([^']+)'|([\w,]+))/g)]
        .flatMap(([, quoted, plain]) => (quoted ?? plain).split(','))
        .filter((name) => !steps.includes(name)),
    ]),
  );
  assert.deepEqual(unknown, []);
});

test('every command of cargo names a package, a feature and a target that exist', () => {
  const packages = new Map(metadata.packages.map((each) => [each.name, each]));
  const unknown = faults((file) =>
    code(file)
      .flatMap((text) => text.match(/\bcargo (?:build|run|test|bench|doc) [^\n#]*/g) ?? [])
      .flatMap((command) => misnamed(command.split(/ -- /)[0], packages)),
  );
  assert.deepEqual(unknown, []);
});

function misnamed(command, packages) {
  const option = (pattern) => [...command.matchAll(pattern)].map(([, value]) => value);
  const named = option(/(?:-p|--package) ([\w-]+)/g);
  const absent = named.filter((name) => !packages.has(name));
  const among = named.filter((name) => packages.has(name)).map((name) => packages.get(name));
  if (among.length === 0) return absent;
  const targets = among.flatMap((each) => each.targets);
  const has = (kind) => (name) => targets.some((target) => target.kind.includes(kind) && target.name === name);
  return [
    ...absent,
    ...option(/--test ([\w-]+)/g).filter((name) => !has('test')(name)),
    ...option(/--example ([\w-]+)/g).filter((name) => !has('example')(name)),
    ...option(/--features ([\w,-]+)/g)
      .flatMap((list) => list.split(','))
      .filter((name) => !among.some(({ features }) => name in features)),
  ].map((name) => `${name} in \`${command.trim()}\``);
}

test('the map of ARCHITECTURE.md says what each crate depends on', () => {
  const folderOf = ({ manifest_path: file }) => path.relative(ROOT, path.dirname(file));
  const byName = new Map(metadata.packages.map((each) => [each.name, folderOf(each)]));
  const rows = [...read('docs/ARCHITECTURE.md').matchAll(/^\| `([^`]+)`[^|]*\|[^|]+\|([^|]+)\|$/gm)];
  const seen = new Set();
  for (const [, place, uses] of rows) {
    const pattern = new RegExp(`^${place.replaceAll('*', '[^/]+')}$`);
    const crates = metadata.packages.filter((each) => pattern.test(folderOf(each)));
    if (crates.length === 0) continue;
    const own = new Set(crates.map(folderOf));
    for (const folder of own) seen.add(folder);
    const real = crates
      .flatMap(({ dependencies }) => dependencies.filter(({ kind }) => kind !== 'dev'))
      .map(({ name }) => byName.get(name))
      .filter((folder) => folder !== undefined && !own.has(folder));
    const words = uses.match(/[\w-]+(\/\*)?/g) ?? [];
    const said = [...byName.values()].filter(
      (folder) => words.includes(path.basename(folder)) || words.includes(`${path.basename(path.dirname(folder))}/*`),
    );
    assert.deepEqual(
      said.filter((folder) => !own.has(folder)).sort(),
      [...new Set(real)].sort(),
      `what ${place} may use, without itself`,
    );
  }
  const shipped = [...byName.values()].filter((folder) => /^(shared|functions)\//.test(folder));
  assert.deepEqual(
    shipped.filter((folder) => !seen.has(folder) && !folder.startsWith('shared/client/')),
    [],
  );
});

test('every block says what language it is in', () => {
  const silent = faults((file) =>
    fencedBlocks(file)
      .filter(({ language }) => !/^\w+$/.test(language))
      .map(({ line }) => `line ${line}`),
  );
  assert.deepEqual(silent, []);
});

test('every block of commands is run by a test, or says why not', () => {
  const neither = faults((file) =>
    fencedBlocks(file)
      .filter(({ language, text }) => /^(sh|bash|shell|console)$/.test(language) && !isRun(file, language, text))
      .map(({ line }) => `line ${line} is in neither list of tests/journeys/documents.mjs`),
  );
  assert.deepEqual(neither, []);
});

function isRun(file, language, text) {
  return reasonNotToRun(file, text) !== undefined || (language === 'sh' && file in RUN_BY);
}

test('the two lists of blocks are current', () => {
  for (const [file, by] of Object.entries(RUN_BY)) {
    assert.ok(read(by).includes(`'${file}'`), `${by} runs ${file}`);
  }
  for (const { file, begins, why } of NOT_RUN) {
    assert.ok(why.length > 10);
    assert.ok(
      fencedBlocks(file).some(({ text }) => text.startsWith(begins)),
      `${file} has no block that begins with ${begins}`,
    );
  }
});
