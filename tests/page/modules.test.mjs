// The page's modules that need no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ago,
  credits,
  duration,
  isTrouble,
  ordinal,
  sentence,
} from '../../shared/studio/public/scripts/base/format.js';
import { changes } from '../../shared/studio/public/scripts/composer/changes.js';
import { explain, fieldOf, Problem } from '../../shared/studio/public/scripts/net/problem.js';
import { addressOf, placeOf } from '../../shared/studio/public/scripts/shell/router.js';
import { afterChange, assetFrom, byAge, fileName } from '../../shared/studio/public/scripts/state/asset.js';
import { isActive, jobBeingSent, jobFrom, orderOf, title } from '../../shared/studio/public/scripts/state/job.js';
import { fits, NO_FILTERS } from '../../shared/studio/public/scripts/state/library.js';
import { ratioOf } from '../../shared/studio/public/scripts/state/shape.js';
import { JOB_TYPES } from '../journeys/job-types.mjs';

test('times and numbers read as people say them', () => {
  assert.deepEqual([0.2, 29.9, 59.4, 73, 90, 179, 251.5].map(duration), [
    '1 s',
    '30 s',
    '59 s',
    '1 min 10 s',
    '1 min 30 s',
    '3 min',
    '4 min',
  ]);
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 111, 112, 123].map(ordinal), [
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '111th',
    '112th',
    '123rd',
  ]);
  assert.deepEqual([0, 1, 6].map(credits), ['0 credits', '1 credit', '6 credits']);
  const now = Date.parse('2026-01-02T12:00:00Z');
  assert.deepEqual(
    ['2026-01-02T11:59:50Z', '2026-01-02T11:55:00Z', '2026-01-02T09:00:00Z', '2026-01-01T11:00:00Z'].map((then) =>
      ago(new Date(then), now),
    ),
    ['just now', '5 minutes ago', '3 hours ago', 'yesterday'],
  );
});

test('a reason becomes a sentence', () => {
  assert.equal(sentence('no worker for sdxl_queue has been seen yet'), 'No worker for SDXL has been seen yet.');
  assert.deepEqual(['paused by an operator', 'the next free worker', null].map(isTrouble), [true, false, false]);
  assert.equal(sentence('An operator paused it.'), 'An operator paused it.');
  assert.equal(sentence('the next free worker'), 'Waits for the next free worker.');
  assert.equal(sentence('3 jobs that go first'), 'Waits for 3 jobs that go first.');
});

test('every job type has a name of its own', () => {
  assert.equal(new Set(JOB_TYPES.map(title)).size, JOB_TYPES.length);
  assert.equal(title('video7b_high_enhanced'), 'WAN video, high quality, rewritten prompt');
});

test('a job that is sent, kept and ordered again stays the same order', () => {
  const body = { jobType: 'sdxl_image_fast', metadata: { prompt: 'a fox', num_images: 3, seed: 0 } };
  assert.deepEqual(orderOf(jobBeingSent('local', body)), body);
  const video = { jobType: 'video_fast', metadata: { prompt: 'waves' } };
  assert.deepEqual(orderOf(jobBeingSent('local', video)), video);
});

test('only what the edge has and has not finished is watched', () => {
  const job = (status) => jobFrom({ id: '1', job_type: 'image_fast', status, created_at: '2026-01-01T00:00:00Z' });
  assert.deepEqual(
    ['queued', 'processing', 'completed', 'failed', 'canceled'].map((status) => isActive(job(status))),
    [true, true, false, false, false],
  );
  assert.equal(isActive(jobBeingSent('local', { jobType: 'image_fast', metadata: { prompt: 'a fox' } })), false);
});

test('a refusal says what it costs and what to do', () => {
  const problem = new Problem({
    code: 'insufficient_credits',
    message: 'There are not enough credits for this job.',
    details: { required: 6, balance: 2 },
  });
  assert.deepEqual(explain(problem), {
    what: 'This costs 6 credits and you have 2.',
    action: 'Order fewer or faster ones.',
  });
  assert.equal(
    explain({ code: 'queue_full', message: 'The queue is full.', retryAfterSeconds: 60 }).action,
    'Try again in 60 seconds.',
  );
  const full = { field: 'references', limit: 500, limitBytes: 2 ** 31 };
  assert.match(explain(new Problem({ code: 'state_conflict', message: 'x', details: full })).what, /reference images/);
});

test('no word of the API stands in front of people', () => {
  const refusal = (field) =>
    new Problem({
      code: 'invalid_request',
      message: `${field}: expected something else.`,
      suggestedAction: 'Correct the field that `details` names.',
      details: { field, expected: 'something else' },
    });
  const fields = ['metadata.prompt', 'metadata.seed', 'metadata.references[0].key', 'title', 'metadata.unheard_of'];
  for (const problem of [...fields.map(refusal), new Problem({ code: 'not_found', message: 'no_such_row' })]) {
    const said = Object.values(explain(problem)).join(' ');
    assert.doesNotMatch(said, /metadata|details|expected|[a-z]_[a-z]/, said);
    assert.ok(said.length > 20, said);
  }
  assert.deepEqual(fields.map(refusal).map(fieldOf), ['prompt', 'seed', 'references', 'title', 'unheard_of']);
  assert.equal(fieldOf(new Problem({ code: 'content_policy' })), 'prompt');
});

test('the pictures of a job stand in the order of their numbers, and jobs with the newest first', () => {
  const made = (job, index, minute) =>
    assetFrom({ id: `${job}${index}`, job_id: job, image_index: index, created_at: `2026-01-01T00:0${minute}:00Z` });
  const assets = [made('a', 2, 1), made('b', 1, 2), made('a', 0, 1), made('c', 0, 1), made('b', 0, 2), made('a', 1, 1)];
  assert.deepEqual(
    assets.sort(byAge).map(({ id }) => id),
    ['b0', 'b1', 'a0', 'a1', 'a2', 'c0'],
  );
});

test('what a better prompt adds is told from what was there', () => {
  const pieces = (before, after) =>
    changes(before, after)
      .map(({ text, isNew }) => (isNew ? `[${text}]` : text))
      .join('');
  assert.equal(pieces('a fox in snow', 'a fox in snow, golden hour'), 'a fox in snow, [golden hour]');
  assert.equal(pieces('a fox', 'a red fox at dusk'), 'a [red ]fox [at dusk]');
  assert.equal(pieces('a fox', 'ein Fuchs'), '[ein Fuchs]');
  assert.equal(pieces('a fox', 'a fox'), 'a fox');
  assert.equal(changes('', 'x').length, 1);
});

test('an address names a place with its filters, and whatever else stands there names none', () => {
  for (const where of [
    { place: 'library', filters: NO_FILTERS },
    { place: 'library', filters: { ...NO_FILTERS, saved: '', model: 'wan-enhanced', q: 'red fox' } },
  ]) {
    assert.deepEqual(placeOf(addressOf(where)), where);
  }
  assert.deepEqual(
    ['', '#', '#/', addressOf({ place: 'workspace' })].map((hash) => placeOf(hash).place),
    Array(4).fill('workspace'),
  );
  assert.deepEqual(
    ['#/nowhere', '#/libraries', '#library', '#/library/x'].map((hash) => placeOf(hash).place),
    Array(4).fill('nowhere'),
  );
  assert.equal(addressOf({ place: 'library' }), '#/library');
});

test('the library shows what fits its filters', () => {
  const asset = assetFrom({
    id: 'a',
    job_id: 'j',
    job_type: 'image7b_fast_enhanced',
    kind: 'image',
    saved: true,
    status: 'completed',
  });
  const fitting = (filters) => fits(asset, { ...NO_FILTERS, ...filters });
  assert.deepEqual([{}, { saved: '' }, { kind: 'image' }, { model: 'wan-enhanced' }].map(fitting), Array(4).fill(true));
  assert.deepEqual(
    [{ saved: 'false' }, { kind: 'video' }, { model: 'wan' }, { model: 'sdxl' }].map(fitting),
    Array(4).fill(false),
  );
});

test('of the pictures of a job one at most is preferred', () => {
  const [first, second] = ['a', 'b'].map((id) =>
    assetFrom({ id, job_id: 'j', preferred: id === 'a', status: 'completed' }),
  );
  const foreign = assetFrom({ id: 'c', job_id: 'k', preferred: true, status: 'completed' });
  assert.deepEqual(
    [first, second, foreign].map((asset) => afterChange(asset, second, { preferred: true }).preferred),
    [false, true, true],
  );
  assert.equal(afterChange(first, second, { saved: true }).preferred, true);
});

test('what was chosen is ordered again, and the whole negative prompt is not', () => {
  const metadata = {
    aspect: '2:3',
    style: 'comic',
    negative_prompt: 'ours, fog',
    own_negative_prompt: 'fog',
    num_images: 1,
  };
  const job = jobFrom({ id: 'a', job_type: 'sdxl_image_fast', prompt: 'p', metadata, created_at: 0 });
  assert.deepEqual(orderOf(job).metadata, {
    prompt: 'p',
    aspect: '2:3',
    style: 'comic',
    negative_prompt: 'fog',
    num_images: 1,
  });
  const sending = jobBeingSent('b', { jobType: 'video_fast', metadata: { prompt: 'p', negative_prompt: 'rain' } });
  assert.deepEqual(sending.options, { negative_prompt: 'rain' });
});

test('a prompt was rewritten where it is another one', () => {
  const rewritten = (metadata) =>
    jobFrom({ id: 'a', job_type: 'image7b_fast_enhanced', prompt: 'a fox', metadata, created_at: 0 }).rewrittenPrompt;
  assert.equal(rewritten({}), null);
  assert.equal(rewritten({ original_prompt: 'fox', enhanced_prompt: 'a fox' }), null);
  assert.equal(rewritten({ enhanced_prompt: 'a fox in snow' }), 'a fox in snow');
});

test('a picture has the shape that it was made in, else the one that was ordered', () => {
  assert.equal(ratioOf('sdxl_image_fast'), 1);
  assert.equal(ratioOf('video_high'), 480 / 832);
  assert.equal(ratioOf('video_high', { aspect: '16:9' }), 832 / 480);
  assert.equal(ratioOf('sdxl_image_high', { aspect: '3:2', width: 64, height: 48 }), 4 / 3);
  assert.equal(ratioOf('sdxl_image_high', { aspect: 'round' }), 1);
});

test('a file is named after its job and its place in it', () => {
  assert.equal(
    fileName(assetFrom({ id: 'a', job_id: '0123456789', kind: 'image', image_index: 2 })),
    'ourvidz-01234567-3.png',
  );
  const path = 'user/sdxl_0123456789_1_2.jpg';
  assert.equal(
    fileName(assetFrom({ id: 'a', job_id: '0123456789', kind: 'image', image_index: 2, path })),
    'ourvidz-01234567-3.jpg',
  );
  assert.equal(fileName(assetFrom({ id: 'a', job_id: '0123456789', kind: 'video' })), 'ourvidz-01234567-1.mp4');
});
