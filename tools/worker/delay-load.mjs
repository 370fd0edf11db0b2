// Static archives that stand in for CUDA's libraries, one for each: see delay-load.c.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNTIME = path.join(path.dirname(fileURLToPath(import.meta.url)), 'delay-load.c');

/**
 * The libraries that cudarc calls: its module, the name that the linker asks for, the files by which the loader knows
 * it, and the number that its functions answer with when it is not there (each library's "not initialised").
 */
export function librariesOfCuda(major) {
  return [
    { module: 'driver', name: 'cuda', files: ['libcuda.so.1'], unavailable: 303 },
    { module: 'cublas', name: 'cublas', files: [`libcublas.so.${major}`], unavailable: 1 },
    { module: 'cublaslt', name: 'cublasLt', files: [`libcublasLt.so.${major}`], unavailable: 1 },
    { module: 'curand', name: 'curand', files: ['libcurand.so.10'], unavailable: 203 },
    { module: 'nvrtc', name: 'nvrtc', files: [`libnvrtc.so.${major}`], unavailable: 11 },
    { module: 'cudnn', name: 'cudnn', files: ['libcudnn.so.9'], unavailable: 1001 },
  ];
}

/** The functions that a source of cudarc's bindings declares, and which of them answer with a text. */
export function declaredFunctions(source) {
  const found = new Map();
  for (const [, name, answer] of source.matchAll(/pub unsafe fn (\w+)\([^)]*\)(?: -> ([^{]+))? \{/g)) {
    if (/^(cu[A-Z]|cublas|cudnn|curand|nvrtc)/.test(name))
      found.set(name, (answer ?? '').includes('*const ::core::ffi::c_char'));
  }
  return [...found].map(([name, isText]) => ({ name, isText }));
}

/** The C file of one library. */
export function standIn({ files, unavailable }, functions) {
  const list = (values) => `{ ${values.join(', ')} }`;
  const quoted = (values) => list(values.map((value) => `"${value}"`));
  const entry = ({ name }, index) =>
    `__asm__(".globl ${name}\\n.type ${name}, @function\\n${name}:\\n  mov slots+${8 * index}(%rip), %r11\\n  test %r11, %r11\\n  je 1f\\n  jmp *%r11\\n1: push $${index}\\n  jmp find_and_go\\n");`;
  return [
    `#define LIBRARY_FILES ${quoted(files)}`,
    `#define UNAVAILABLE ${unavailable}`,
    `#define COUNT ${functions.length}`,
    `#define NAMES ${quoted(functions.map(({ name }) => name))}`,
    `#define IS_TEXT ${list(functions.map(({ isText }) => Number(isText)))}`,
    `#include "${RUNTIME}"`,
    ...functions.map(entry),
    '',
  ].join('\n');
}

/** Writes `lib<name>.a` of every library to `folder`. `cudarc` is the folder of that crate's source. */
export function writeStandIns({ cudarc, major, folder }) {
  fs.mkdirSync(folder, { recursive: true });
  for (const library of librariesOfCuda(major)) {
    const bindings = fs.readFileSync(path.join(cudarc, 'src', library.module, 'sys', 'mod.rs'), 'utf8');
    const stem = path.join(folder, library.name);
    fs.writeFileSync(`${stem}.c`, standIn(library, declaredFunctions(bindings)));
    execFileSync('cc', ['-O1', '-fPIC', '-c', '-o', `${stem}.o`, `${stem}.c`]);
    fs.rmSync(path.join(folder, `lib${library.name}.a`), { force: true });
    execFileSync('ar', ['rcs', path.join(folder, `lib${library.name}.a`), `${stem}.o`]);
  }
}
