// Who uses whom among the files of a crate, read from `use` and from paths: `crate::a::B`, `super::c`, `child::d`.

const PATH = /(?<![\w:])(?:crate|super|self|[a-z_]\w*)(?:::\w+)+/g;
// A name that is handed on more often than this is looked for no further.
const DEEPEST_EXPORT = 5;
const ITEM = /\b(?:fn|struct|enum|trait|type|const|static|mod|union)\s+(\w+)|macro_rules!\s+(\w+)/g;

/**
 * The circles among the modules of a crate: lists of files that use each other, each with what ties it. That a module
 * uses those inside it ties nothing: it is made of them, and they may take from it what they share.
 * `files` gives each source file below `src` its text: `{ 'lib.rs': '...', 'a/mod.rs': '...' }`.
 */
export function circles(files) {
  const uses = usesOf(files);
  return components(uses).map((members) => ({
    members,
    ties: members.flatMap((from) =>
      [...uses.get(from)]
        .filter(([to]) => members.includes(to))
        .map(([to, names]) => `${from} -> ${to}: ${[...names].join(', ')}`),
    ),
  }));
}

/** Each file with the files that it uses, and the names that it takes from them. */
function usesOf(files) {
  const modules = new Map();
  for (const [file, text] of Object.entries(files)) {
    const module = modulePath(file);
    if (module !== null) modules.set(module.join('::'), { file, module, ...read(text) });
  }
  const uses = new Map([...modules.values()].map(({ file }) => [file, new Map()]));
  for (const { file, module, paths } of modules.values()) {
    for (const path of paths) {
      const target = resolve(modules, module, path);
      if (target === null || target.file === file || isInside(target.module, module)) continue;
      const known = uses.get(file);
      known.set(target.file, (known.get(target.file) ?? new Set()).add(target.name));
    }
  }
  return uses;
}

/** `a/b.rs` is `['a', 'b']`; null for files of tests. */
function modulePath(file) {
  const parts = file.replace(/\.rs$/, '').split('/');
  if (parts.some((part) => part === 'tests' || part.endsWith('_tests') || part === 'bin')) return null;
  if (['lib', 'main'].includes(parts.at(-1)) && parts.length === 1) return [];
  return parts.at(-1) === 'mod' ? parts.slice(0, -1) : parts;
}

/** What a file says, without comments, texts and tests: its paths, what it re-exports, what it defines. */
function read(source) {
  const text = source
    .replace(/\/\/.*$/gm, '')
    .replace(/#\[cfg\(test\)\]\s*(pub(\([^)]*\))? )?(use [^;]*;|mod \w+;)/g, '')
    .split(/^#\[cfg\((?:test|all\(test[^\n]*)\)\]\s*\n/m)[0]
    .replace(/r(#*)"[\s\S]*?"\1|"(?:[^"\\]|\\.)*"/g, '""');
  const uses = [...text.matchAll(/^[ \t]*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);/gm)];
  const names = uses.flatMap(([, , tree]) => expand(tree.replace(/\s+/g, ' ').trim()));
  const body = text.replace(/^[ \t]*(?:pub(?:\([^)]*\))?\s+)?use\s+[^;]+;/gm, '');
  return {
    // What a path in the body may begin with: names that `use` brought in are counted there already.
    paths: [...names.map(({ path }) => path), ...[...body.matchAll(PATH)].map(([path]) => path.split('::'))],
    exports: new Map(names.filter(({ name }) => name !== '*').map(({ name, path }) => [name, path])),
    globs: names.filter(({ name }) => name === '*').map(({ path }) => path.slice(0, -1)),
    defines: new Set([...body.matchAll(ITEM)].map(([, name, macro]) => name ?? macro)),
  };
}

/** The paths of a use tree: `a::{b, c as d}` names `b` and `d`. */
function expand(tree) {
  const brace = tree.indexOf('{');
  if (brace < 0) {
    const [path, alias] = tree.split(' as ').map((part) => part.trim());
    const parts = path.split('::').filter((part) => part !== '');
    if (parts.at(-1) === 'self') parts.pop();
    return [{ name: alias ?? parts.at(-1), path: parts }];
  }
  const head = tree.slice(0, brace);
  return split(tree.slice(brace + 1, tree.lastIndexOf('}'))).flatMap((branch) => expand(head + branch));
}

/** Parts between commas that are not inside braces. */
function split(list) {
  const parts = [''];
  let depth = 0;
  for (const letter of list) {
    depth += letter === '{' ? 1 : letter === '}' ? -1 : 0;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** The file in which what a path means is defined; null for what is not of this crate. */
function resolve(modules, from, path, depth = 0) {
  let [head, ...rest] = path;
  let at;
  if (head === 'crate') at = [];
  else if (head === 'self') at = from;
  else if (head === 'super') {
    at = from.slice(0, -1);
    while (rest[0] === 'super') {
      at = at.slice(0, -1);
      rest = rest.slice(1);
    }
  } else if (modules.has([...from, head].join('::'))) at = [...from, head];
  else {
    const imported = modules.get(from.join('::')).exports.get(head);
    if (imported === undefined || imported[0] === head || depth === DEEPEST_EXPORT) return null;
    return resolve(modules, from, [...imported, ...rest], depth + 1);
  }
  while (rest.length > 0 && modules.has([...at, rest[0]].join('::'))) {
    at = [...at, rest[0]];
    rest = rest.slice(1);
  }
  const module = modules.get(at.join('::'));
  if (module === undefined) return null;
  // A module's own name alone, as in `use crate::a;`: what is taken of it stands in the paths that follow.
  if (rest.length === 0) return null;
  const [name] = rest;
  if (module.defines.has(name) || depth === DEEPEST_EXPORT) return { ...module, name };
  const exported = module.exports.get(name);
  if (exported !== undefined) return resolve(modules, at, exported, depth + 1);
  for (const glob of module.globs) {
    const found = resolve(modules, at, [...glob, name], depth + 1);
    if (found?.defines.has(name)) return found;
  }
  return { ...module, name };
}

function isInside(inner, outer) {
  return inner.length > outer.length && outer.every((part, index) => part === inner[index]);
}

/** Tarjan's strongly connected components of more than one file. */
function components(uses) {
  const order = new Map();
  const low = new Map();
  const stack = [];
  const found = [];
  const visit = (file) => {
    order.set(file, order.size);
    low.set(file, order.get(file));
    stack.push(file);
    for (const next of uses.get(file).keys()) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file), low.get(next)));
    }
    if (low.get(file) !== order.get(file)) return;
    const members = stack.splice(stack.indexOf(file));
    if (members.length > 1) found.push(members.sort());
  };
  for (const file of uses.keys()) if (!order.has(file)) visit(file);
  return found;
}
