// Several files in one: a zip archive whose files are stored as they are, because pictures do not get smaller.

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
// Names are UTF-8.
const FLAGS = 0x0800;
const VERSION = 20;
const CRC_POLYNOMIAL = 0xedb88320;

/** An archive of `[{ name, bytes }]`, all made at `date`. */
export function zip(files, date) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const encoded = new TextEncoder().encode(name);
    const facts = [VERSION, FLAGS, 0, ...dosTime(date)];
    const sizes = [crc32(bytes), bytes.length, bytes.length];
    const local = record(LOCAL, facts, sizes, [encoded.length, 0]);
    parts.push(local, encoded, bytes);
    directory.push(record(CENTRAL, [VERSION, ...facts], sizes, [encoded.length, 0, 0, 0, 0], [0, offset]), encoded);
    offset += local.length + encoded.length + bytes.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = record(END, [0, 0, files.length, files.length], [size, offset], [0]);
  return new Blob([...parts, ...directory, end], { type: 'application/zip' });
}

// The signature, then groups of 16 and of 32 bits in turn, little end first.
function record(signature, ...groups) {
  const numbers = [
    [signature, 4],
    ...groups.flatMap((group, index) => group.map((value) => [value, index % 2 ? 4 : 2])),
  ];
  const bytes = new Uint8Array(numbers.reduce((sum, [, width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [value, width] of numbers) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  return bytes;
}

function dosTime(date) {
  return [
    (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1),
    ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate(),
  ];
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? CRC_POLYNOMIAL ^ (value >>> 1) : value >>> 1;
  return value;
});

/** The checksum that zip archives and PNG files have. */
export function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
