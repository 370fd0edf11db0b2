// What a client's code looks like with the types; the compiler is the test (tests/tidy/types.test.mjs).

import type { JobReply, Operations, Error as Refusal, SubmitRequest } from './api';

const order: SubmitRequest = { jobType: 'sdxl_image_fast', metadata: { prompt: 'a red fox in snow', num_images: 3 } };

// @ts-expect-error there is no such job type
const unknown: SubmitRequest = { jobType: 'sdxl_image_slow' };

// @ts-expect-error SDXL makes one, three or six pictures
const two: SubmitRequest = { jobType: 'sdxl_image_fast', metadata: { num_images: 2 } };

type Route = Operations['queueJob']['path'];
const route: Route = '/functions/v1/queue-job';

export function describe(answer: JobReply | Refusal): string {
  if (!answer.success) return `${answer.error} (${answer.code})`;
  // @ts-expect-error a job that waits for nothing has no reason
  const reason: string = answer.waitingFor;
  return `${answer.status}: ${answer.assets.length} of ${answer.job_type}${reason}`;
}

export function next(page: Operations['listJobs']['reply']): string | null {
  return page.nextCursor;
}

export const examples = [order, unknown, two, route];
