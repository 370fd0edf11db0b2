// What went wrong, and what to do about it.

export const texts = {
  // The service's own words are for programs; these say the same to people. What is not here says it well itself.
  fields: {
    prompt: (most) => `A prompt has at most ${most} characters.`,
    negative_prompt: (most) => `What to avoid has at most ${most} characters.`,
    seed: (most) => `A seed is a whole number up to ${most}; without one, it is random.`,
    num_images: 'So many pictures cannot be made at once.',
    references: 'A reference image can no longer be used. Remove it and add it again.',
    title: 'This title is too long.',
  },
  words: {
    empty_prompt: ['Write a prompt first.'],
    content_policy: [undefined, 'Change the prompt and submit again. Nothing was charged.'],
    insufficient_credits: ['You have not enough credits.', 'Order fewer or faster ones.'],
    too_many_active_jobs: [
      'You have as many unfinished jobs as you can have.',
      'Wait until a job has finished, or cancel one.',
    ],
    rate_limited: ['That was a lot in a short time.'],
    queue_full: ['More people order than can be served right now.'],
    unauthorized: ['Your sign-in has ended.', 'Sign in again to go on.'],
    account_suspended: ['This account cannot order at the moment.', 'Write to those who run this service.'],
    forbidden: ['You are not allowed to do this.'],
    not_found: ['This is no longer there.'],
    state_conflict: ['This is not possible any more: things have moved on.', 'Reload the page to see how they stand.'],
    payload_too_large: ['This is too much at once.', 'Shorten the prompt.'],
    upload_failed: ['The reference image could not be uploaded.', 'Try again, or choose another file.'],
    invalid_request: ['The service could not do anything with this.', 'Reload the page and try again.'],
    unknown_job_type: ['The service no longer makes this.', 'Reload the page to see what it makes now.'],
    internal: ['Something went wrong at the service.', 'Try again in a moment.'],
    misconfigured: ['The service is not set up for this.', 'Tell those who run it.'],
  },
  ofPage: ['Something went wrong on this page.', 'Reload it and try again.'],
  offline: ['You are offline.', 'Try again when you are back.'],
  away: ['The service could not be reached.', 'Try again in a moment.'],
  orderedOnce: 'Nothing is ordered twice.',
  costs: (price, balance) => `This costs ${price} and you have ${balance}.`,
  waitSeconds: (seconds) => `Try again in ${seconds} seconds.`,
  tooManyReferences: [
    'You have as many reference images as you can have.',
    'Use one of an earlier order: those that no order uses go after a month.',
  ],
  tooManyTags: (most) => [
    `So many tags are too many: one picture or video has ${most} at most.`,
    'Take one off first.',
  ],
  tooManyOwnTags: (most) => [`You have ${most} different tags, and there can be no more.`, 'Use one of those.'],
  signedOut: 'Your sign-in has ended.',
  signInFailed: 'Signing in did not work.',
};
