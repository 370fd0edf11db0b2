// What more than one part of the page says.

/** What the texts are written in, and how dates and numbers are written beside them. */
export const LANGUAGE = 'en';

export const texts = {
  close: 'Close',
  withAction: (text, action) => `${text} ${action} is available.`,
  offline: 'You are offline. Jobs go on without you; this page catches up when you are back.',
  serviceAway: 'The service can’t be reached. Jobs go on; this page keeps trying and catches up by itself.',
  justNow: 'just now',
  waitsFor: (what) => `waits for ${what}`,
  confirmByTyping: 'To confirm, type ',
  cancel: 'Cancel',
  seconds: (seconds) => `${seconds} s`,
  minutes: (minutes) => `${minutes} min`,
  minutesAndSeconds: (minutes, seconds) => `${minutes} min ${seconds} s`,
  // By the forms that the language has of a number.
  credits: { one: (count) => `${count} credit`, other: (count) => `${count} credits` },
  ordinals: {
    one: (number) => `${number}st`,
    two: (number) => `${number}nd`,
    few: (number) => `${number}rd`,
    other: (number) => `${number}th`,
  },
  untitled: 'Untitled',
  kinds: { image: 'picture', video: 'video' },
  qualities: { fast: 'fast', high: 'high quality' },
  jobTitle: (model, kind, quality, isRewritten) =>
    `${model} ${texts.kinds[kind]}, ${texts.qualities[quality]}${isRewritten ? ', rewritten prompt' : ''}`,
};
