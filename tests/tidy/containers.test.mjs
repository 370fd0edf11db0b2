// Containers' files name what is here: programs, CUDA, and what must not get into an image.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exists, list, read } from './support.mjs';

const FOLDER = 'shared/gpu-worker/examples';
const files = list(FOLDER).filter((name) => name.startsWith('Containerfile'));

test('what is copied out of a build is a program of ours, and what is run in it is here', () => {
  const programs = [...read('shared/gpu-worker/Cargo.toml').matchAll(/^\[\[bin\]\]\nname = "(.+)"$/gm)];
  const names = programs.map(([, name]) => name);
  assert.ok(files.length > 1 && names.length > 0);
  for (const file of files) {
    const text = read(`${FOLDER}/${file}`);
    const copied = [...text.matchAll(/^COPY --from=build \/source\/target\/release\/(\S+) /gm)].map(([, name]) => name);
    assert.ok(copied.length > 0, file);
    assert.ok(
      copied.every((name) => names.includes(name) && text.includes(`ENTRYPOINT ["${name}"]`)),
      file,
    );
    for (const [, script] of text.matchAll(/^RUN node (\S+)/gm)) assert.ok(exists(script), script);
    assert.match(text, new RegExp(`build -f ${FOLDER}/${file} `), 'it says how it is built');
    assert.match(text, /^USER \d+$/m, 'nobody is root');
  }
});

test('an image has the CUDA that the worker was compiled with', () => {
  const [, compiler] = /nvidia-cuda-nvcc==(\d+\.\d+)\./.exec(read('tools/worker/toolkit.mjs'));
  const [, image] = /^FROM docker\.io\/nvidia\/cuda:(\d+\.\d+)\./m.exec(read(`${FOLDER}/Containerfile.cuda`));
  assert.equal(image, compiler);
});

test('what git leaves out of the repository stays out of images', () => {
  const lines = (file) => read(file).trim().split('\n');
  const kept = new Set(lines('.dockerignore'));
  // A path from the root begins with a slash in the one and without in the other.
  const secret = lines('.gitignore').map((line) => line.replace(/^\//, ''));
  assert.deepEqual(
    secret.filter((line) => !kept.has(line)),
    [],
  );
  assert.ok(kept.has('.git'));
});
