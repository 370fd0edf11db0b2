// What the pictures of jobs look like while they are made, for as long as that is worth showing.

/** @import { Frame, JobReply, StepPreview } from './types.js' */

/** The name of their frames, which have no id: none is ever told again. */
const FRAME = 'step_preview';

/**
 * The step preview that a frame shows, if it shows one.
 * @param {Frame} frame
 * @returns {StepPreview | undefined}
 */
export function stepPreviewOf({ id, event, data }) {
  if (event !== FRAME || id !== undefined || data === undefined) return undefined;
  const { job_id, index, image } = JSON.parse(data);
  return { jobId: job_id, index, image };
}

/**
 * The address of a stream, with previews if they are wanted.
 * @param {string} path
 * @param {boolean | undefined} wanted
 */
export function withPreviews(path, wanted) {
  return wanted ? `${path}${path.includes('?') ? '&' : '?'}previews=1` : path;
}

/** The newest of each picture, by job. */
export class StepPreviews {
  #wanted;
  /** @type {Map<string, Record<number, string>>} */
  #byJob = new Map();

  /** @param {boolean} [wanted] Whether anybody asked for them. */
  constructor(wanted = false) {
    this.#wanted = wanted;
  }

  /** @param {StepPreview[]} previews */
  take(previews) {
    for (const { jobId, index, image } of previews)
      this.#byJob.set(jobId, { ...this.#byJob.get(jobId), [index]: image });
  }

  /**
   * What an update of a job says of them; nothing where nobody asked. They are over when the job no longer runs, and one
   * is when its picture is there.
   * @param {JobReply} job
   * @returns {{ stepPreviews?: Record<number, string> }}
   */
  of({ id, status, assets }) {
    if (!this.#wanted) return {};
    if (status !== 'processing') this.#byJob.delete(id);
    const left = Object.entries(this.#byJob.get(id) ?? {}).filter(
      ([index]) => !assets.some((asset) => asset.image_index === Number(index) && asset.status === 'completed'),
    );
    return { stepPreviews: Object.fromEntries(left) };
  }
}
