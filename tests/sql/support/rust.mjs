// Reads what the Rust side says of the database straight from its source: the functions with their
// parameters, and the lists of names.

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const CORE = new URL('../../../shared/core/src/', import.meta.url);

function source(path) {
  return fs.readFileSync(fileURLToPath(new URL(path, CORE)), 'utf8');
}

/** All files of the module that says which SQL functions there are. */
function rpcSource() {
  const folder = fileURLToPath(new URL('wire/rpc/', CORE));
  return fs
    .readdirSync(folder)
    .map((name) => source(`wire/rpc/${name}`))
    .join('\n');
}

/** `[{ name, parameters }]` of every function in the `rpc!` table. */
export function rpcFunctions() {
  const text = rpcSource();
  const table = /\nrpc! \{([^}]*)\}/.exec(text)?.[1] ?? '';
  return [...table.matchAll(/(\w+) "(\w+)"/g)].map(([, struct, name]) => ({
    name,
    parameters: fieldsOf(text, struct),
  }));
}

function fieldsOf(text, struct) {
  const body = new RegExp(`pub struct ${struct} \\{([^}]*)\\}`).exec(text)?.[1];
  if (body === undefined) throw new Error(`no struct ${struct}`);
  return [...body.matchAll(/^\s*pub (p_\w+):/gm)].map(([, field]) => field);
}

/** The names in the `match` of a type's `as_str`, in order. */
export function namesOf(file, type) {
  const text = source(file);
  const implementation = text.slice(text.indexOf(`impl ${type} {`));
  const body = /fn as_str\(self\)[^{]*\{\s*match self \{([^}]*)\}/.exec(implementation)?.[1] ?? '';
  return [...body.matchAll(/=> "(\w+)"/g)].map(([, name]) => name);
}

/** The variants of an enum whose names are written in lower case. */
export function lowercaseVariants(file, type) {
  const body = new RegExp(`pub enum ${type} \\{([^}]*)\\}`).exec(source(file))?.[1] ?? '';
  return [...body.matchAll(/^ {4}(\w+),/gm)].map(([, name]) => name.toLowerCase());
}

/** The kinds of events that the documentation of `JobEvent.kind` lists. */
export function eventKinds() {
  const text = rpcSource();
  const line = /((?:\s*\/\/\/.*\n)+)\s*pub kind: String,\n\s*\/\/\/ What it tells/.exec(text)?.[1] ?? '';
  return [...line.matchAll(/`(\w+)`/g)].map(([, kind]) => kind);
}

/** The API's error codes. */
export function errorCodes() {
  return namesOf('error.rs', 'Code');
}
