// Saving a file under a name that says what it is.

import { fileName } from '../state/asset.js';
import { element } from './dom.js';

/** Saves an asset. Storage on another origin may not allow reading it; then it opens in a tab of its own. */
export async function saveAsset(asset) {
  try {
    saveBlob(await readAsset(asset), fileName(asset));
  } catch {
    window.open(asset.url, '_blank', 'noopener');
  }
}

/** Saves several assets as one file, one as it is. */
export async function saveAssets(assets, name) {
  if (assets.length === 1) {
    await saveAsset(assets[0]);
    return;
  }
  const { zip } = await import('./zip.js');
  const files = await Promise.all(
    assets.map(async (asset) => ({
      name: fileName(asset),
      bytes: new Uint8Array(await (await readAsset(asset)).arrayBuffer()),
    })),
  );
  saveBlob(zip(files, new Date()), `${name}.zip`);
}

/** Saves what the page made under a name. */
export function saveBlob(blob, name) {
  const address = URL.createObjectURL(blob);
  element('a', { href: address, download: name }).click();
  // The browser has the file as soon as the click was handled.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}

/** The bytes of an asset. */
export async function readAsset(asset) {
  const response = await fetch(asset.url);
  if (!response.ok) throw new Error(`storage answered ${response.status}`);
  return response.blob();
}
