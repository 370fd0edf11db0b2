// Everything that belongs to a person, as files: what the service knows as JSON, and the pictures and videos themselves.

import { readAsset } from '../base/download.js';
import { zip } from '../base/zip.js';
import { assetFrom, fileName, isReady } from '../state/asset.js';

const PAGE = 100;
// An archive is put together in memory, and a phone has little of it.
const ARCHIVE_BYTES = 200e6;

/**
 * Reads everything and hands it out in archives: `save(blob, name)` for each of them, `told({ done, all })` after each
 * file. `missing` names the files that the storage did not give.
 */
export async function exportAll(client, { save, told, signal }) {
  const records = {
    account: await client.me(),
    projects: await all(client.projects.list({ limit: PAGE, signal })),
    jobs: await all(client.jobs({ limit: PAGE, signal })),
    assets: await all(client.assets({ limit: PAGE, signal })),
    api_keys: await client.keys.list({ signal }),
    webhook_deliveries: await all(client.webhooks.deliveries({ limit: PAGE, signal })),
  };
  const date = new Date();
  const archives = archivesOf(date, save);
  for (const [name, content] of Object.entries(records)) archives.add(`${name}.json`, jsonOf(content));
  const assets = records.assets.map((each) => assetFrom(each)).filter(isReady);
  const missing = [];
  for (const [done, asset] of assets.entries()) {
    signal.throwIfAborted();
    told({ done, all: assets.length });
    const file = fileName(asset);
    try {
      archives.add(`files/${file}`, new Uint8Array(await (await readAsset(asset)).arrayBuffer()));
    } catch {
      missing.push(file);
    }
  }
  archives.end();
  return { files: assets.length - missing.length, missing };
}

function all(pages) {
  return Array.fromAsync(pages);
}

// Addresses are signed for an hour and lead nowhere afterwards.
function jsonOf(content) {
  const text = JSON.stringify(content, (key, value) => (/^(url|thumbnail_url)$/.test(key) ? undefined : value), 2);
  return new TextEncoder().encode(text);
}

function archivesOf(date, save) {
  const day = date.toISOString().slice(0, 10);
  let files = [];
  let size = 0;
  let number = 0;
  const end = () => {
    if (files.length === 0) return;
    number += 1;
    save(zip(files, date), `ourvidz-${day}-${number}.zip`);
    files = [];
    size = 0;
  };
  return {
    end,
    add(name, bytes) {
      if (size + bytes.length > ARCHIVE_BYTES) end();
      files.push({ name, bytes });
      size += bytes.length;
    },
  };
}
