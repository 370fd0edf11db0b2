// A job as the page keeps it, made from any of the edge's answers.

import { texts } from '../texts/shared.js';
import { assetFrom } from './asset.js';
import { optionsOf } from './options.js';
import { ratioOf } from './shape.js';

const FINISHED = new Set(['completed', 'failed', 'canceled']);

/** A job from `GET /api/jobs/{id}` or an item of `GET /api/jobs`. */
export function jobFrom(answer, now = Date.now()) {
  return {
    id: answer.id,
    jobType: answer.job_type,
    status: answer.status,
    cancelRequested: answer.cancelRequested === true,
    progress: answer.progress ?? 0,
    position: answer.position ?? null,
    // A moment instead of a number of seconds, so that it counts down by itself.
    readyAt: answer.etaSeconds == null ? null : now + answer.etaSeconds * 1000,
    waitingFor: answer.waitingFor ?? null,
    prompt: answer.prompt ?? '',
    rewrittenPrompt: rewrittenPromptOf(answer),
    numImages: answer.metadata?.num_images ?? Math.max(answer.assets?.length ?? 0, 1),
    seed: answer.metadata?.seed ?? null,
    options: optionsOf(answer.metadata),
    // As ordered: what is made later has the same.
    ratio: ratioOf(answer.job_type, { aspect: answer.metadata?.aspect }),
    errorCode: answer.error_code ?? null,
    errorMessage: answer.error_message ?? null,
    errorAction: null,
    credits: answer.credits ?? null,
    // What it costs in all if it is canceled now; null where nobody says.
    cancelCost: answer.cancelCost ?? null,
    createdAt: new Date(answer.created_at),
    generationSeconds: answer.metadata?.generation_time ?? null,
    references: answer.metadata?.references ?? [],
    // What pictures look like by now, by their index: only the watch knows.
    stepPreviews: {},
    assets: (answer.assets ?? []).map((asset) => assetFrom(asset, answer)),
  };
}

// What the worker's own model made of the prompt, where the job type has one and it runs.
function rewrittenPromptOf({ prompt, metadata }) {
  const written = metadata?.enhanced_prompt ?? null;
  return written === prompt ? null : written;
}

/** What a card shows while the order is on its way and has no id of its own yet. */
export function jobBeingSent(localId, body) {
  return {
    ...jobFrom({
      id: localId,
      job_type: body.jobType,
      status: 'sending',
      prompt: body.metadata.prompt,
      metadata: {
        ...body.metadata,
        num_images: body.metadata.num_images ?? 1,
        own_negative_prompt: body.metadata.negative_prompt,
      },
      created_at: new Date().toISOString(),
    }),
    isLocal: true,
  };
}

/** The job in the answer to a submit. The prompt is that of the request: it is what the edge stored. */
export function jobFromSubmit(answer, body) {
  const assets = answer.video
    ? [{ ...answer.video, kind: 'video', image_index: 0, status: 'queued' }]
    : (answer.images ?? []).map((image) => ({ ...image, kind: 'image', status: 'queued' }));
  return jobFrom({
    prompt: body.metadata.prompt,
    ...answer.job,
    position: answer.position,
    etaSeconds: answer.etaSeconds,
    assets,
  });
}

/** The order that makes the same again, with new noise where no seed was chosen. */
export function orderOf(job) {
  const metadata = { prompt: job.prompt, ...job.options };
  if (job.jobType.startsWith('sdxl')) metadata.num_images = job.numImages;
  if (job.seed !== null) metadata.seed = job.seed;
  return { jobType: job.jobType, metadata };
}

/** Whether nothing will change any more. */
export function isFinished(job) {
  return FINISHED.has(job.status);
}

/** Whether the edge has it and is not done with it. */
export function isActive(job) {
  return !job.isLocal && !isFinished(job);
}

/** The name of what was ordered. */
export function title(jobType) {
  const kind = jobType.startsWith('video') ? 'video' : 'image';
  const model = jobType.startsWith('sdxl') ? 'SDXL' : 'WAN';
  const quality = jobType.includes('fast') ? 'fast' : 'high';
  return texts.jobTitle(model, kind, quality, jobType.endsWith('enhanced'));
}
