// npm run audit [-- --settings FILE] [--older-than HOURS] [--delete-orphans]: compares buckets and rows.
// Exit status 0: they fit; 1: they do not; 2: the audit could not be made.

import { parseArgs } from 'node:util';
import { audit } from '../backends/storage/audit.mjs';
import { S3 } from '../backends/storage/s3.mjs';
import { stackEnvironment } from '../settings/environment.mjs';
import { openStack } from '../settings/open-stack.mjs';
import { readSettings } from '../settings/settings-file.mjs';

const USAGE = `usage: npm run audit -- [--settings FILE] [--older-than HOURS] [--delete-orphans]
  --settings FILE    the settings of a deployment; its database is that of DATABASE_URL
  --older-than HOURS objects younger than this are left alone (24)
  --delete-orphans   deletes the objects that no row knows`;
const HOUR_MS = 60 * 60 * 1000;
// Workers keep what they could not report on their disks, and report it when the service is back.
const USUAL_HOURS = 24;
const [FITS, DOES_NOT_FIT, NOT_MADE] = [0, 1, 2];

try {
  process.exitCode = await run();
} catch (error) {
  console.error(process.env.DEBUG ? error : error.message);
  process.exitCode = NOT_MADE;
}

async function run() {
  const { values } = parseArgs({
    options: { settings: { type: 'string' }, 'older-than': { type: 'string' }, 'delete-orphans': { type: 'boolean' } },
  });
  const hours = Number(values['older-than'] ?? USUAL_HOURS);
  if (!(hours >= 0)) throw new Error(`--older-than is a number of hours.\n${USAGE}`);
  const settings = settingsOf(values.settings);
  const { default: pg } = await import('pg');
  const database = new pg.Client({ connectionString: settings.DATABASE_URL });
  await database.connect();
  try {
    const counts = await audit({
      database,
      storage: new S3(settings),
      olderThanMs: hours * HOUR_MS,
      deleteOrphans: values['delete-orphans'] ?? false,
      onFinding: report,
    });
    console.error(
      `${counts.objects} objects, ${counts.rows} keys of rows: ${counts.orphans} objects without a row, ` +
        `${counts.missing} rows without an object, ${counts.replaced} with another one, ${counts.deleted} deleted`,
    );
    return counts.missing + counts.replaced > 0 || counts.orphans > counts.deleted ? DOES_NOT_FIT : FITS;
  } finally {
    await database.end();
  }
}

/** The deployment's settings, those of the environment, or those of the local stack. */
function settingsOf(file) {
  if (file === undefined && !process.env.S3_ENDPOINT) {
    const { keys, ports } = openStack();
    return stackEnvironment(keys, ports);
  }
  const { DATABASE_URL } = process.env;
  if (!DATABASE_URL) throw new Error(`DATABASE_URL is the connection string of the database's owner.\n${USAGE}`);
  return file === undefined ? process.env : { ...readSettings(file), DATABASE_URL };
}

function report({ kind, bucket, key, bytes, modified }) {
  const more = kind === 'orphan' ? `\t${bytes} bytes\t${modified.toISOString()}` : '';
  console.log(`${kind}\t${bucket}/${key}${more}`);
}
