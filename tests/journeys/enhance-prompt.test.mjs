// POST /functions/v1/enhance-prompt on workerd, without a language model: what everybody gets at least.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { assertRefused, call, signIn, until } from './client.mjs';
import { JOB_TYPES } from './job-types.mjs';

const admin = { 'x-admin-secret': process.env.ADMIN_SECRET };

const enhance = (user, fields = {}) =>
  user.request('POST', '/functions/v1/enhance-prompt', {
    body: { prompt: 'a red fox in snow', jobType: 'sdxl_image_high', userId: user.id, ...fields },
  });

test('every job type gets a better prompt within its budget', async () => {
  const user = await signIn();
  for (const jobType of JOB_TYPES) {
    const { status, headers, body } = await enhance(user, { jobType });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.success, true);
    assert.equal(body.originalPrompt, 'a red fox in snow');
    assert.ok(body.enhancedPrompt.startsWith('a red fox in snow, '), body.enhancedPrompt);
    const budget = { sdxl_fast: 75, sdxl_high: 75, wan_fast: 175, wan_high_7b: 250 }[body.analytics.template];
    assert.ok(body.tokenCount.compressed <= budget, JSON.stringify(body.tokenCount));
    assert.equal(body.analytics.enhancementMethod, 'rule_based');
    assert.equal(body.analytics.fallbackUsed, false);
    assert.ok(body.qualityScore > 0.5 && body.qualityScore <= 1);
    assert.match(headers.get('ratelimit'), /"enhance";r=\d+;t=\d+/);
    assert.match(headers.get('server-timing'), /redis;dur=\d+, total/);
  }
});

test('the same request has the same answer, another seed may have another', async () => {
  const user = await signIn();
  const prompt = 'a small town';
  const [first, again] = [await enhance(user, { prompt }), await enhance(user, { prompt })];
  assert.equal(first.body.enhancedPrompt, again.body.enhancedPrompt);
  const others = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => enhance(user, { prompt, seed })));
  assert.ok(new Set(others.map(({ body }) => body.enhancedPrompt)).size > 1);
});

test('what is refused is refused', async () => {
  const user = await signIn();
  assertRefused(await enhance(user, { userId: randomUUID() }), 403, 'forbidden');
  assertRefused(await enhance(user, { prompt: '' }), 400, 'invalid_request');
  assertRefused(await enhance(user, { jobType: 'gif' }), 400, 'unknown_job_type');
  assertRefused(await call('POST', '/functions/v1/enhance-prompt', { body: {} }), 401, 'unauthorized');
  assertRefused(await user.request('GET', '/functions/v1/enhance-prompt'), 405, 'method_not_allowed');
});

test('the thirty-first request of a minute is one too many', async () => {
  const user = await signIn();
  // A minute may end in between; then the next one is filled.
  const refused = await until('a refusal', async () => {
    const answer = await enhance(user);
    return answer.status === 429 ? answer : null;
  });
  assertRefused(refused, 429, 'rate_limited');
  assert.ok(Number(refused.headers.get('retry-after')) <= 60);
  assert.match(refused.headers.get('ratelimit'), /r=0/);
});

test('an order that asks for it gets a better prompt on its way', async () => {
  const user = await signIn();
  const { status, body } = await user.submit('sdxl_image_fast', { prompt: 'a red fox in snow' }, { enhance: true });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.warnings, undefined);
  assert.equal(body.job.metadata.original_prompt, 'a red fox in snow');
  assert.ok(body.job.metadata.prompt.startsWith('a red fox in snow, '), body.job.metadata.prompt);
});

test('operators see what was done, and only they do', async () => {
  const user = await signIn();
  await enhance(user, { jobType: 'video_high' });
  const summary = await until('a row of wan_fast', async () => {
    const { status, body } = await call('GET', '/api/admin/enhancements?days=1', { headers: admin });
    assert.equal(status, 200, JSON.stringify(body));
    return body.summaries.find(({ method, template }) => method === 'rule_based' && template === 'wan_fast');
  });
  assert.ok(summary.count >= 1 && summary.quality_score > 0.5, JSON.stringify(summary));
  assertRefused(await user.request('GET', '/api/admin/enhancements'), 403, 'forbidden');
  assertRefused(await call('GET', '/api/admin/enhancements?days=0', { headers: admin }), 400, 'invalid_request');
});
