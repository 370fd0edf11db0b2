// Pictures of the page compared with those that were reviewed: pixel by pixel, in a browser, with a small tolerance.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

const REVIEWED = path.join(import.meta.dirname, 'snapshots');
/** Where what differs is put to be looked at. */
const SEEN = path.resolve(import.meta.dirname, '../../build/pixels');
// Another version of Chromium rounds the edges of letters in another way: a channel may differ by so much, and so many
// of all pixels by more. A button that moves by two pixels is above it.
const CHANNEL = 48;
export const SHARE = 0.001;

/** Holds a screenshot against the reviewed one of that name; `UPDATE_SNAPSHOTS=1` writes it instead. */
export async function assertLooksAs(browser, name, png) {
  const reviewed = path.join(REVIEWED, `${name}.png`);
  if (process.env.UPDATE_SNAPSHOTS === '1') {
    fs.mkdirSync(REVIEWED, { recursive: true });
    const isSame = fs.existsSync(reviewed) && (await difference(browser, png, fs.readFileSync(reviewed))).share === 0;
    if (!isSame) fs.writeFileSync(reviewed, png);
    return;
  }
  assert.ok(fs.existsSync(reviewed), `${name} was never reviewed: UPDATE_SNAPSHOTS=1 writes it, then look at it`);
  const { share, size, picture } = await difference(browser, png, fs.readFileSync(reviewed));
  if (size === 'same' && share <= SHARE) return;
  fs.mkdirSync(SEEN, { recursive: true });
  fs.writeFileSync(path.join(SEEN, `${name}.png`), png);
  if (picture) fs.writeFileSync(path.join(SEEN, `${name}.difference.png`), Buffer.from(picture, 'base64'));
  assert.fail(
    `${name} looks different (${size === 'same' ? `${(share * 100).toFixed(2)} % of its pixels` : size}): ` +
      `see build/pixels, and UPDATE_SNAPSHOTS=1 if it is meant`,
  );
}

/** `share` of pixels that differ, and a `picture` with those in red. */
export async function difference(browser, one, other) {
  const page = await browser.newPage();
  try {
    return await page.evaluate(
      async ([first, second, channel]) => {
        const pixelsOf = async (base64) => {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
          const context = canvas.getContext('2d');
          context.drawImage(bitmap, 0, 0);
          return { canvas, context, image: context.getImageData(0, 0, bitmap.width, bitmap.height) };
        };
        const [a, b] = [await pixelsOf(first), await pixelsOf(second)];
        const { width, height, data } = a.image;
        if (width !== b.image.width || height !== b.image.height)
          return { share: 1, size: `${width}x${height} and not ${b.image.width}x${b.image.height}` };
        let count = 0;
        for (let at = 0; at < data.length; at += 4) {
          const most = Math.max(...[0, 1, 2].map((each) => Math.abs(data[at + each] - b.image.data[at + each])));
          data[at + 3] = 90;
          if (most <= channel) continue;
          count += 1;
          data.set([255, 0, 0, 255], at);
        }
        a.context.putImageData(a.image, 0, 0);
        const blob = await a.canvas.convertToBlob();
        const letters = Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte));
        return { share: count / (width * height), size: 'same', picture: count > 0 ? btoa(letters.join('')) : null };
      },
      [one.toString('base64'), other.toString('base64'), CHANNEL],
    );
  } finally {
    await page.close();
  }
}
