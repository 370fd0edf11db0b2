// Compares the buckets with the rows, both ways: objects that no row knows, rows whose object is gone, and rows in
// whose object's place another one lies.
//
// Both sides come in the order of their keys, a page at a time, and are merged: the memory that this takes does
// not grow with either. What does not fit is looked at once more before it counts, because the service goes on
// while the audit runs.

import { randomUUID } from 'node:crypto';
import { BUCKETS } from './local.mjs';

/** The buckets that hold what jobs make. Some references, and what operators put into the others, have no rows. */
export const AUDITED = BUCKETS.filter((bucket) => /^(?:sdxl_)?(?:image|video)/.test(bucket));

const ROWS_AT_ONCE = 1000;

// Every key that the database knows of a bucket: shown by a row, and so to be there; or about to be deleted, or
// given to an attempt that still runs, and so allowed to be there. A thumbnail may be the shared placeholder.
const KNOWN = `
  select image.image_url as key, true as shown, image.job_id, job.job_type as bucket, image.metadata ->> 'etag' as etag
  from public.images as image join public.jobs as job on job.id = image.job_id where image.status = 'completed'
  union all
  select image.thumbnail_url, true, image.job_id, job.job_type, image.metadata ->> 'thumbnail_etag'
  from public.images as image join public.jobs as job on job.id = image.job_id where image.status = 'completed'
  union all
  select video.video_url, true, video.job_id, job.job_type, video.metadata ->> 'etag'
  from public.videos as video join public.jobs as job on job.id = video.job_id where video.status = 'completed'
  union all
  select video.thumbnail_url, true, video.job_id, job.job_type, video.metadata ->> 'thumbnail_etag'
  from public.videos as video join public.jobs as job on job.id = video.job_id where video.status = 'completed'
  union all
  select file.key, false, job.id, job.job_type, null
  from private.claims as claim
  join public.jobs as job on job.id = claim.job_id
  cross join lateral private.keys_of_claim(job, claim.number) as file
  where job.status in ('queued', 'processing')
  union all
  select doomed.key, false, null, doomed.bucket, null from private.object_deletions as doomed`;
// What was seen when it was settled; nothing where nobody looked.
const ETAGS = `coalesce(array_agg(distinct known.etag) filter (where known.etag is not null), '{}') as etags`;
const ALL_OF_BUCKET = `
  select known.key, bool_or(known.shown) as shown, ${ETAGS} from (${KNOWN}) as known
  where known.bucket = $1 and known.key is not null and known.key not like 'system\\_assets/%'
  group by known.key order by known.key collate "C"`;
// The job's id is in the key, and by it the rows are found without reading all of them.
const ONE_KEY = `
  select bool_or(known.shown) as shown, ${ETAGS} from (${KNOWN}) as known
  where known.bucket = $1 and known.key = $2 and (known.job_id = $3 or known.job_id is null)`;
const JOB_IN_KEY = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[^/]*$/;

/**
 * Audits every bucket. `onFinding` hears of each finding: `{ kind: 'orphan' | 'missing' | 'replaced', bucket, key }`,
 * an orphan with its size and time. Objects younger than `olderThanMs` are left alone: their row may be about to be written.
 * Orphans are deleted if `deleteOrphans` is set. Resolves to what was counted.
 */
export async function audit({
  database,
  storage,
  olderThanMs,
  deleteOrphans = false,
  now = Date.now(),
  onFinding = () => {},
}) {
  const counts = { objects: 0, rows: 0, orphans: 0, missing: 0, replaced: 0, deleted: 0 };
  for (const bucket of AUDITED) {
    for await (const { object, row } of merged(storage.list(bucket), keysOf(database, bucket))) {
      counts.objects += object ? 1 : 0;
      counts.rows += row?.shown ? 1 : 0;
      if (
        object &&
        !row &&
        now - object.modified.getTime() >= olderThanMs &&
        !(await isKnown(database, bucket, object.key)).known
      ) {
        counts.orphans += 1;
        onFinding({ kind: 'orphan', bucket, ...object });
        if (deleteOrphans) {
          await storage.remove(bucket, object.key);
          counts.deleted += 1;
        }
      } else if (
        row?.shown &&
        !object &&
        !(await storage.has(bucket, row.key)) &&
        (await isKnown(database, bucket, row.key)).shown
      ) {
        counts.missing += 1;
        onFinding({ kind: 'missing', bucket, key: row.key });
      } else if (object && isAnother(object, row) && isAnother(object, await isKnown(database, bucket, object.key))) {
        counts.replaced += 1;
        onFinding({ kind: 'replaced', bucket, key: object.key });
      }
    }
  }
  return counts;
}

/** Whether an object is not the one that its rows saw. */
const isAnother = (object, row) => Boolean(row?.shown && row.etags.some((etag) => etag !== object.etag));

/** What the database knows of a key now. */
async function isKnown(database, bucket, key) {
  const job = JOB_IN_KEY.exec(key)?.[1] ?? null;
  const { rows } = await database.query(ONE_KEY, [bucket, key, job]);
  const [{ shown, etags }] = rows;
  return { known: shown !== null, shown: shown === true, etags };
}

/** The keys that the database knows of a bucket, in their order. Postgres sorts them, on its disk if need be. */
async function* keysOf(database, bucket) {
  const cursor = `audit_${randomUUID().replaceAll('-', '')}`;
  // WITH HOLD: no transaction stays open, in which a second look would see the past.
  await database.query(`declare ${cursor} cursor with hold for ${ALL_OF_BUCKET}`, [bucket]);
  try {
    for (;;) {
      const { rows } = await database.query(`fetch ${ROWS_AT_ONCE} from ${cursor}`);
      yield* rows;
      if (rows.length < ROWS_AT_ONCE) return;
    }
  } finally {
    await database.query(`close ${cursor}`);
  }
}

/** Both sequences, key by key: `{ object, row }` with the one that is missing undefined. */
async function* merged(objects, rows) {
  let [left, right] = [await objects.next(), await rows.next()];
  try {
    while (!left.done || !right.done) {
      const order = left.done
        ? 1
        : right.done
          ? -1
          : Buffer.compare(Buffer.from(left.value.key), Buffer.from(right.value.key));
      yield { object: order <= 0 ? left.value : undefined, row: order >= 0 ? right.value : undefined };
      if (order <= 0) left = await objects.next();
      if (order >= 0) right = await rows.next();
    }
  } finally {
    await rows.return();
  }
}
