// Saving a file under a name that says what it is.

import { element } from './dom.js';

/** Saves an asset. Storage on another origin may not allow reading it; then it opens in a tab of its own. */
export async function saveAsset(job, asset) {
  const name = `ourvidz-${job.id.slice(0, 8)}-${asset.index + 1}.${asset.kind === 'video' ? 'mp4' : 'png'}`;
  try {
    const response = await fetch(asset.url);
    if (!response.ok) throw new Error(`storage answered ${response.status}`);
    const address = URL.createObjectURL(await response.blob());
    element('a', { href: address, download: name }).click();
    // The browser has the file as soon as the click was handled.
    setTimeout(() => URL.revokeObjectURL(address), 0);
  } catch {
    window.open(asset.url, '_blank', 'noopener');
  }
}
