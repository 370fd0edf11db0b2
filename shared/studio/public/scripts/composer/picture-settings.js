// The settings that a picture of ours was made with: they are in its file, in a text that only we write.

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const KEYWORD = 'ourvidz';
// Before the pixels, and small; the rest of a large file need not be read.
const HEAD_BYTES = 64 * 1024;

/** `{ prompt, jobType, seed }`, or null for any other picture. */
export async function settingsOf(file) {
  if (file.type !== 'image/png') return null;
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return settingsIn(bytes);
}

/** The same of the first bytes of a file. */
export function settingsIn(bytes) {
  if (SIGNATURE.some((byte, index) => bytes[index] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE.length; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IDAT' || content.length < length) return null;
    const settings = type === 'iTXt' ? parse(content) : null;
    if (settings) return settings;
    at += length + 12;
  }
  return null;
}

// Keyword, end, two bytes on compression, language, end, translated keyword, end, text.
function parse(content) {
  const word = content.indexOf(0);
  if (word < 0 || new TextDecoder().decode(content.subarray(0, word)) !== KEYWORD || content[word + 1] !== 0)
    return null;
  const language = content.indexOf(0, word + 3);
  const start = content.indexOf(0, language + 1) + 1;
  try {
    const { prompt, job_type: jobType, seed } = JSON.parse(new TextDecoder().decode(content.subarray(start)));
    return typeof prompt === 'string' && typeof jobType === 'string' ? { prompt, jobType, seed: seed ?? null } : null;
  } catch {
    return null;
  }
}
