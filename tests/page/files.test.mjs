// Files that the page reads and writes by itself: archives, and the settings in our pictures.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { crc32, zip } from '../../shared/studio/public/scripts/base/zip.js';
import { settingsIn } from '../../shared/studio/public/scripts/composer/picture-settings.js';

const bytesOf = (text) => new TextEncoder().encode(text);

test('an archive is what other programs read', async () => {
  assert.equal(crc32(bytesOf('123456789')), 0xcbf43926);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ourvidz-zip-'));
  try {
    const files = [
      { name: 'ourvidz-1.png', bytes: new Uint8Array([1, 2, 3, 255]) },
      { name: 'Füchse.txt', bytes: bytesOf('two foxes') },
    ];
    const file = path.join(folder, 'a.zip');
    fs.writeFileSync(file, Buffer.from(await zip(files, new Date(2026, 0, 2, 3, 4, 6)).arrayBuffer()));
    const read = `import zipfile,json; a=zipfile.ZipFile(${JSON.stringify(file)}); assert a.testzip() is None
print(json.dumps([[i.filename, list(a.read(i)), i.date_time] for i in a.infolist()]))`;
    assert.deepEqual(
      JSON.parse(execFileSync('python3', ['-c', read], { encoding: 'utf8' })),
      files.map(({ name, bytes }) => [name, [...bytes], [2026, 1, 2, 3, 4, 6]]),
    );
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

function chunk(type, content) {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, content.length);
  return [...length, ...bytesOf(type), ...content, 0, 0, 0, 0];
}

function picture(keyword, text, before = []) {
  const note = [...bytesOf(keyword), 0, 0, 0, 0, 0, ...bytesOf(text)];
  return new Uint8Array([...SIGNATURE, ...before, ...chunk('iTXt', note), ...chunk('IDAT', [])]);
}

function segment(number, content) {
  const length = content.length + 2;
  return [0xff, number, length >> 8, length & 255, ...content];
}

function jpeg(...segments) {
  return new Uint8Array([0xff, 0xd8, ...segments.flat(), ...segment(0xda, [])]);
}

test('a picture of ours says how it was made, and no other file does', () => {
  const size = { width: 1216, height: 832 };
  const made = { software: 'ourvidz-worker', job_type: 'sdxl_image_high', prompt: 'zwei Füchse', seed: 7, ...size };
  const head = chunk('IHDR', Array(13).fill(0));
  assert.deepEqual(settingsIn(picture('ourvidz', JSON.stringify(made), head)), {
    prompt: 'zwei Füchse',
    jobType: 'sdxl_image_high',
    seed: 7,
    options: { aspect: '3:2' },
  });
  const ordered = { prompt: 'zwei', style: 'anime', negative_prompt: 'fog' };
  assert.deepEqual(settingsIn(picture('ourvidz', JSON.stringify({ ...made, ordered }))), {
    prompt: 'zwei',
    jobType: 'sdxl_image_high',
    seed: 7,
    options: { aspect: '3:2', style: 'anime', negative_prompt: 'fog' },
  });
  // Anybody can write such a file: what is in no form of ours stays out of it.
  const foreign = { prompt: 'zwei', style: 7, negative_prompt: { a: 1 }, output_quality: 900, references: [{}] };
  assert.deepEqual(settingsIn(picture('ourvidz', JSON.stringify({ ...made, ordered: foreign }))).options, {
    aspect: '3:2',
  });
  assert.equal(settingsIn(picture('ourvidz', JSON.stringify({ ...made, ordered: {} }))), null);
  const notes = segment(0xea, [...bytesOf('ourvidz'), 0, ...bytesOf(JSON.stringify(made))]);
  const jfif = segment(0xe0, bytesOf('JFIF'));
  assert.deepEqual(settingsIn(jpeg(jfif, notes)).options, { aspect: '3:2', output_format: 'jpeg' });
  const others = [
    picture('parameters', JSON.stringify(made)),
    picture('ourvidz', '{broken'),
    picture('ourvidz', '{"prompt":7}'),
    picture('ourvidz', 'null'),
    new Uint8Array([...SIGNATURE, ...chunk('IDAT', [1]), ...picture('ourvidz', JSON.stringify(made)).slice(8)]),
    picture('ourvidz', JSON.stringify(made)).slice(0, 60),
    jpeg(segment(0xda, []), notes),
    jpeg(segment(0xe1, notes.slice(4))),
    jpeg(notes).slice(0, 60),
    bytesOf('no picture at all'),
    new Uint8Array(),
  ];
  assert.deepEqual(others.map(settingsIn), Array(others.length).fill(null));
});
