// The stand-ins for CUDA's libraries: a program linked to them starts without the library, and calls it where it is.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { declaredFunctions, standIn } from '../../tools/worker/delay-load.mjs';

const BINDINGS = `
pub unsafe fn culib() -> &'static Library {
pub unsafe fn cuInit(flags: u32) -> CUresult {
pub unsafe fn cublasGetStatusString(status: u32) -> *const ::core::ffi::c_char {
`;

test('functions are read from the bindings, and which of them answer with a text', () => {
  assert.deepEqual(declaredFunctions(BINDINGS), [
    { name: 'cuInit', isText: false },
    { name: 'cublasGetStatusString', isText: true },
  ]);
});

/** What a program prints that is linked to stand-ins of a library in `file`. Registers for numbers of all kinds matter. */
function printed(file) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'delay-load-'));
  const functions = [
    { name: 'labs', isText: false },
    { name: 'ldexp', isText: false },
    { name: 'strerror', isText: true },
  ];
  fs.writeFileSync(path.join(folder, 'library.c'), standIn({ files: [file], unavailable: 303 }, functions));
  fs.writeFileSync(
    path.join(folder, 'main.c'),
    `#include <stdio.h>
     long labs(long); double ldexp(double, int); char *strerror(int);
     int main(void) { long a = labs(-7); printf("%ld %d", a, strerror(2) != 0); if (a == 7) printf(" %g", ldexp(1.5, 3)); return 0; }`,
  );
  const program = path.join(folder, 'program');
  // Without the compiler's own idea of these functions.
  const sources = ['main.c', 'library.c'].map((name) => path.join(folder, name));
  execFileSync('cc', ['-O1', '-fno-builtin', '-o', program, ...sources]);
  const { stdout, stderr, status } = spawnSync(program, { encoding: 'utf8' });
  fs.rmSync(folder, { recursive: true });
  assert.equal(status, 0, stderr);
  return { stdout, stderr };
}

const IS_SUPPORTED = process.platform === 'linux' && process.arch === 'x64';

test('without the library every call answers that it is not there, and one line says which', () => {
  if (!IS_SUPPORTED) return console.log('NOT CHECKED: the stand-ins are for Linux with x86-64');
  const { stdout, stderr } = printed('libnowhere.so.1');
  assert.equal(stdout, '303 1');
  assert.match(stderr, /^CUDA: libnowhere\.so\.1 is missing\n$/);
});

test('with the library its functions are called, with all that they were given', () => {
  if (!IS_SUPPORTED) return console.log('NOT CHECKED: the stand-ins are for Linux with x86-64');
  assert.equal(printed('libc.so.6').stdout, '7 1 12');
});
