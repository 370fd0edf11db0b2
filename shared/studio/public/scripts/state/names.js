// What a picture or a video is called where it is not seen.

import { beginning, moment } from '../base/format.js';
import { texts } from '../texts/shared.js';
import { title as nameOf } from './job.js';

/** What it is called: its title, or else how its prompt begins, or else what it was ordered as. */
export function calledBy({ title, prompt, jobType }) {
  return title.trim() || beginning(prompt ?? '') || nameOf(jobType);
}

/** The same with what tells it from others of the same words: one prompt is ordered again and again. */
export function spokenName(asset) {
  return [calledBy(asset), texts.kinds[asset.kind], moment(asset.createdAt)].join(', ');
}
