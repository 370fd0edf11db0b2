// A service that stands still, for pictures of the page: the same jobs, pictures, times and balance each time. Only what
// the page asks is answered here; the page itself comes from the stack.

/** The moment at which everything is looked at. */
export const NOW = new Date('2026-03-14T15:00:00Z');
const USER = '11111111-1111-4111-8111-111111111111';
const COLOURS = [
  ['#24505c', '#e7a867'],
  ['#3b2f5c', '#d98ca6'],
  ['#1f4d3a', '#d8d27a'],
  ['#5c2a24', '#f0c9a0'],
  ['#20324f', '#8fc1d9'],
  ['#44502a', '#e8e3c0'],
];

const minutesAgo = (minutes) => new Date(NOW - minutes * 60_000).toISOString();
const idOf = (number) => `22222222-2222-4222-8222-${String(number).padStart(12, '0')}`;

function asset(job, index, changes = {}) {
  const number = job * 10 + index;
  return {
    id: idOf(number),
    job_id: idOf(job * 10 + 9),
    kind: 'image',
    job_type: 'sdxl_image_fast',
    image_index: index,
    status: 'completed',
    title: `A fox, ${index + 1}`,
    url: `/still/${number}.svg`,
    thumbnail_url: `/still/${number}.svg`,
    saved: index === 0,
    preferred: false,
    metadata: { seed: 7000 + number, bytes: 1_200_000 },
    created_at: minutesAgo(job * 60),
    ...changes,
  };
}

function job(number, prompt, changes = {}) {
  return {
    success: true,
    id: idOf(number * 10 + 9),
    user_id: USER,
    status: 'completed',
    job_type: 'sdxl_image_fast',
    progress: 100,
    attempt: 1,
    cancelRequested: false,
    position: null,
    etaSeconds: null,
    waitingFor: null,
    prompt,
    metadata: { num_images: 3, seed: 7000, generation_time: 9.4 },
    error_code: null,
    error_message: null,
    numAssets: 3,
    credits: { held: 0, charged: 3, released: 0 },
    cancelCost: null,
    created_at: minutesAgo(number * 60),
    started_at: minutesAgo(number * 60),
    completed_at: minutesAgo(number * 60 - 1),
    assets: [0, 1, 2].map((index) => asset(number, index)),
    ...changes,
  };
}

const open = (number, status) =>
  [0, 1, 2].map((index) => asset(number, index, { status, url: null, thumbnail_url: null }));

const JOBS = [
  job(1, 'A lighthouse in a storm, long exposure', {
    status: 'queued',
    progress: 0,
    position: 3,
    etaSeconds: 45,
    waitingFor: '2 jobs that go first',
    credits: { held: 3, charged: 0, released: 0 },
    cancelCost: 0,
    completed_at: null,
    assets: open(1, 'queued'),
  }),
  job(2, 'Two foxes in fresh snow, low winter sun', {
    status: 'processing',
    progress: 40,
    etaSeconds: 8,
    credits: { held: 3, charged: 0, released: 0 },
    cancelCost: 2,
    completed_at: null,
    assets: open(2, 'processing'),
  }),
  job(3, 'A quiet harbour in the morning fog'),
  job(4, 'An old observatory at night', {
    status: 'failed',
    error_code: 'generation_failed',
    error_message: 'The picture could not be made.',
    credits: { held: 0, charged: 0, released: 3 },
    assets: open(4, 'failed'),
  }),
];

const ME = {
  success: true,
  user_id: USER,
  is_admin: false,
  is_anonymous: false,
  balance: 1234,
  held: 6,
  usage: { active_jobs: 2, total_jobs: 4, credits_spent: 66 },
  limits: { active_jobs: 50, jobs_per_minute: 120 },
};
const QUEUES = ['sdxl_queue', 'wan_queue'].map((queue) => ({
  queue,
  queued: 3,
  processing: 1,
  workers: 1,
  workerSeenSeconds: 0,
  medianWaitSeconds: 20,
  etaSeconds: 30,
  paused: false,
  waitingFor: null,
}));
const KEYS = [
  {
    id: idOf(901),
    name: 'nightly',
    prefix: 'ovz_abcd',
    scopes: ['orders', 'read'],
    monthly_limit: 500,
    spent_this_month: 120,
    created_at: minutesAgo(90_000),
    expires_at: minutesAgo(-90_000),
    last_used_at: minutesAgo(7),
  },
];
const PROJECTS = [
  {
    id: idOf(902),
    user_id: USER,
    title: 'Winter',
    original_prompt: null,
    enhanced_prompt: null,
    character_id: null,
    created_at: minutesAgo(9_000),
    updated_at: minutesAgo(9_000),
  },
];
/** What the library has. */
export const LIBRARY = [3, 5, 6, 7].flatMap((number) =>
  [0, 1, 2].map((index) =>
    index === 1 && number !== 5
      ? asset(number, index, { job_type: 'image_high', preferred: number === 6, saved: true })
      : asset(number, index, { saved: true }),
  ),
);

const NOT_FOUND = {
  success: false,
  code: 'not_found',
  error: 'There is nothing here.',
  retryable: false,
  requestId: 'r',
};

const page = (items) => ({ success: true, items, nextCursor: null });

/** Answers for a page of somebody who has `jobs` (all, or none), these `assets`, and is signed in, unless told otherwise. */
export async function standStill(context, { jobs = JOBS, assets = LIBRARY, signedIn = true } = {}) {
  const answers = {
    '/api/me': ME,
    '/api/queue-status': { success: true, queueDepth: 6, queues: QUEUES },
    '/api/jobs': page(jobs),
    '/api/assets': page(assets),
    '/api/projects': page(PROJECTS),
    '/api/keys': { items: KEYS },
    '/api/tags': { success: true, items: [] },
    '/api/webhooks/deliveries': page([]),
  };
  await context.route(/\/(api|functions\/v1|still)\//, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/api/config') return route.fallback();
    if (pathname.startsWith('/still/')) return route.fulfill(picture(Number.parseInt(pathname.slice(7), 10)));
    const answer = answers[pathname] ?? jobs.find(({ id }) => pathname === `/api/jobs/${id}`);
    // There is no stream either: nothing happens.
    return answer ? route.fulfill({ json: answer }) : route.fulfill({ status: 404, json: NOT_FOUND });
  });
  if (!signedIn) return;
  await context.addInitScript(
    ([user, isNew]) => {
      const session = {
        accessToken: 'a.b.c',
        refreshToken: 'r',
        expiresAt: 8e15,
        user: { id: user, email: 'ada@example.com' },
      };
      localStorage.setItem('ourvidz.session', JSON.stringify(session));
      // Who has jobs has read the hints.
      if (!isNew) localStorage.setItem(`ourvidz.hints.${user}`, 'read');
    },
    [USER, jobs.length === 0],
  );
}

function picture(number) {
  const [dark, light] = COLOURS[number % COLOURS.length];
  const body = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" preserveAspectRatio="none">
    <rect width="100" height="100" fill="${dark}"/><circle cx="50" cy="55" r="${20 + (number % 5) * 4}" fill="${light}"/></svg>`;
  return { contentType: 'image/svg+xml', body };
}
