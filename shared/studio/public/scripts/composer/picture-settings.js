// The settings that a picture of ours was made with: they are in its file, in a text that only we write.

import { shapesOf } from '../state/shape.js';

const PNG = [137, 80, 78, 71, 13, 10, 26, 10];
const JPEG = [0xff, 0xd8];
const JPEG_OWN = 0xea;
const JPEG_PIXELS = 0xda;
const KEYWORD = 'ourvidz';
// Before the pixels, and small; the rest of a large file need not be read. A JPEG's signature takes up to as much again.
const HEAD_BYTES = 128 * 1024;

/** `{ prompt, jobType, seed, options }`, or null for any other picture. */
export async function settingsOf(file) {
  if (file.type !== 'image/png' && file.type !== 'image/jpeg') return null;
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return settingsIn(bytes);
}

/** The same of the first bytes of a file. */
export function settingsIn(bytes) {
  const begins = (signature) => signature.every((byte, index) => bytes[index] === byte);
  if (begins(PNG)) return inPng(bytes);
  return begins(JPEG) ? inJpeg(bytes) : null;
}

function inPng(bytes) {
  const view = viewOf(bytes);
  for (let at = PNG.length; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IDAT' || content.length < length) return null;
    const settings = type === 'iTXt' ? parse(textOf(content)) : null;
    if (settings) return settings;
    at += length + 12;
  }
  return null;
}

function inJpeg(bytes) {
  const view = viewOf(bytes);
  for (let at = JPEG.length; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1];
    const length = view.getUint16(at + 2);
    const content = bytes.subarray(at + 4, at + 2 + length);
    if (marker === JPEG_PIXELS || content.length < length - 2) return null;
    const settings = marker === JPEG_OWN ? parse(behindKeyword(content, 1)) : null;
    if (settings) return { ...settings, options: { ...settings.options, output_format: 'jpeg' } };
    at += 2 + length;
  }
  return null;
}

function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// Keyword, end, two bytes on compression, language, end, translated keyword, end, text.
function textOf(content) {
  const rest = behindKeyword(content, 3);
  if (rest === null || content[KEYWORD.length + 1] !== 0) return null;
  const language = rest.indexOf(0);
  return rest.subarray(rest.indexOf(0, language + 1) + 1);
}

function behindKeyword(content, skipped) {
  const isOurs = new TextDecoder().decode(content.subarray(0, KEYWORD.length + 1)) === `${KEYWORD}\0`;
  return isOurs ? content.subarray(KEYWORD.length + skipped) : null;
}

function parse(text) {
  if (text === null) return null;
  try {
    const made = JSON.parse(new TextDecoder().decode(text));
    const { job_type: jobType, seed, width, height } = made;
    // The model reads words of the style and of the service as well; what was ordered is told besides.
    const { prompt, style, negative_prompt } = made.ordered ?? { prompt: made.prompt };
    if (typeof prompt !== 'string' || typeof jobType !== 'string') return null;
    const words = Object.entries({ style, negative_prompt }).filter(([, word]) => typeof word === 'string');
    const options = { ...shapeOf(jobType, width, height), ...Object.fromEntries(words) };
    return { prompt, jobType, seed: seed ?? null, options };
  } catch {
    return null;
  }
}

function shapeOf(jobType, width, height) {
  const shape = shapesOf(jobType).find((known) => known.width === width && known.height === height);
  return shape ? { aspect: shape.name } : {};
}
