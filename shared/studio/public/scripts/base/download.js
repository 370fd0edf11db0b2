// Saving a file under a name that says what it is.

import { fileName } from '../state/asset.js';
import { element } from './dom.js';

/** Saves an asset. Storage on another origin may not allow reading it; then it opens in a tab of its own. */
export async function saveAsset(asset) {
  try {
    const address = URL.createObjectURL(await readAsset(asset));
    element('a', { href: address, download: fileName(asset) }).click();
    // The browser has the file as soon as the click was handled.
    setTimeout(() => URL.revokeObjectURL(address), 0);
  } catch {
    window.open(asset.url, '_blank', 'noopener');
  }
}

/** The bytes of an asset. */
export async function readAsset(asset) {
  const response = await fetch(asset.url);
  if (!response.ok) throw new Error(`storage answered ${response.status}`);
  return response.blob();
}
