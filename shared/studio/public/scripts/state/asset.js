// A picture or a video as the page keeps it.

import { ratioOf } from './shape.js';

/** The asset in an item of `GET /api/assets`, or in a job's `assets`. */
export function assetFrom(answer, job = {}) {
  return {
    id: answer.id,
    jobId: answer.job_id ?? job.id,
    jobType: answer.job_type ?? job.job_type,
    kind: answer.kind,
    index: answer.image_index ?? 0,
    status: answer.status,
    url: answer.url ?? null,
    thumbnailUrl: answer.thumbnail_url ?? null,
    // As its object is called, which says in which format it is.
    ending: /\.(\w+)$/.exec(answer.path ?? '')?.[1] ?? (answer.kind === 'video' ? 'mp4' : 'png'),
    title: answer.title ?? '',
    tags: answer.tags ?? [],
    saved: answer.saved === true,
    preferred: answer.preferred === true,
    // Each picture of a batch has a seed of its own, by which it can be made again alone.
    seed: answer.metadata?.seed ?? null,
    metadata: answer.metadata ?? {},
    ratio: ratioOf(answer.job_type ?? job.job_type, answer.metadata),
    prompt: job.prompt ?? answer.metadata?.prompt ?? null,
    createdAt: new Date(answer.created_at ?? job.created_at ?? 0),
  };
}

/** Whether it can be looked at. */
export function isReady(asset) {
  return asset.status === 'completed' && asset.url !== null;
}

/** The order of lists: newest first, and the pictures of a job as they were ordered. */
export function byAge(one, other) {
  return other.createdAt - one.createdAt || byPlace(one, other);
}

/** The same from the other end. */
export function byAgeFromOldest(one, other) {
  return one.createdAt - other.createdAt || byPlace(one, other);
}

function byPlace(one, other) {
  return one.jobId === other.jobId ? one.index - other.index : one.jobId.localeCompare(other.jobId);
}

/** What a change to one asset makes of another: of a job's pictures at most one is preferred. */
export function afterChange(asset, changed, changes) {
  if (asset.id === changed.id) return { ...asset, ...changes };
  const losesPreference = changes.preferred === true && asset.preferred && asset.jobId === changed.jobId;
  return losesPreference ? { ...asset, preferred: false } : asset;
}

/** The name of the file that it is downloaded as. */
export function fileName(asset) {
  return `ourvidz-${asset.jobId.slice(0, 8)}-${asset.index + 1}.${asset.ending}`;
}
