// Object storage of the local stack: Miniflare's R2 with its S3 endpoint, which checks signatures as
// the real one does. wrangler.toml has no buckets, because the functions speak S3 over HTTP only: in
// production it may as well be Supabase Storage.

import { JOB_TYPES } from '../../../../shared/studio/public/scripts/net/tables.generated.js';

/** Where Miniflare serves S3: `<web>/cdn-cgi/local/r2/s3/<bucket>/<key>`. */
export const S3_PATH = '/cdn-cgi/local/r2/s3';

/** One bucket for each job type, and three more. */
export const BUCKETS = Object.freeze([
  ...JOB_TYPES.map(({ jobType }) => jobType),
  'reference_images',
  'workspace_assets',
  'system_assets',
]);

/** A worker that nobody can call. Miniflare only serves buckets that some worker is bound to. */
export function storageWorker({ S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey }) {
  const s3Credentials = { accessKeyId, secretAccessKey };
  return {
    name: 'local-storage',
    compatibilityDate: '2026-11-01',
    modules: true,
    script: 'export default { fetch() { return new Response(null, { status: 404 }); } };',
    r2Buckets: Object.fromEntries(BUCKETS.map((id) => [id.toUpperCase(), { id, s3Credentials }])),
  };
}
