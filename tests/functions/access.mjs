// Who may do what, and what it costs: a row for each operation of the API. `request` says how to ask in a world that
// one owner has made.

/** The callers, in the order in which they ask: the owner last, because some of it can be done once. */
export const CALLERS = ['anonymous', 'worker', 'other', 'admin', 'owner'];

/** `trips` are the backends that a request asks before its answer, when it is granted. */
const row =
  (statuses) =>
  (request, trips = ['database']) => ({
    request,
    trips,
    statuses: Object.fromEntries(CALLERS.map((caller, place) => [caller, statuses[place]])),
  });

// Anonymous, worker, other, admin, owner.
const everybody = row([200, 200, 200, 200, 200]);
/** What a user asks about himself: everybody who is one gets his own. */
const oneself = row([401, 401, 200, 200, 200]);
/** What is somebody's: for all others, operators included, it does not exist. */
const owned = row([401, 401, 404, 404, 200]);
const administrators = row([401, 401, 403, 200, 403]);
const workers = row([401, [200, 204], 401, 401, 401]);

/** What answers in OpenAI's form. */
export const isOpenAi = (operation) => operation.split(' ')[1].startsWith('/v1/');

const WAN = { queue: 'wan_queue' };
const order = { jobType: 'image_fast', metadata: { prompt: 'a red fox in snow' } };

export const ACCESS = {
  'GET /api/config': everybody(() => ({}), []),
  'GET /api/health': everybody(() => ({}), []),
  'GET /api/openapi.json': everybody(() => ({}), []),
  'GET /llms.txt': everybody(() => ({}), []),
  'GET /.well-known/security.txt': everybody(() => ({}), []),
  'GET /functions/v1/generate-admin-image/{file}': everybody(({ mockImage }) => ({ path: mockImage }), []),

  'GET /api/me': oneself(() => ({})),
  'GET /api/jobs': oneself(() => ({})),
  'GET /api/assets': oneself(() => ({})),
  'GET /api/tags': oneself(() => ({})),
  'GET /api/projects': oneself(() => ({})),
  'GET /api/queue-status': oneself(() => ({})),
  // The stream reads while it lasts.
  'GET /functions/v1/events': oneself(() => ({}), []),
  'GET /api/webhooks/deliveries': oneself(() => ({})),
  'GET /api/webhooks/secret': oneself(() => ({})),
  'POST /api/webhooks/secret': oneself(() => ({})),
  'POST /api/events/ticket': oneself(() => ({})),
  'POST /api/projects': oneself(() => ({ body: { title: 'a title' } })),
  'GET /api/keys': oneself(() => ({})),
  'POST /api/keys': oneself(() => ({ body: { name: 'a program', scopes: ['read'] } })),
  'POST /api/references': oneself(() => ({ body: { type: 'style', contentType: 'image/png', bytes: 100 } })),
  'POST /functions/v1/queue-job': oneself(() => ({ body: order })),
  // The body names the caller, so a stranger's body is refused as such.
  'POST /functions/v1/enhance-prompt': row([401, 401, 403, 403, 200])(
    ({ owner }) => ({
      body: { prompt: 'a red fox in snow', jobType: 'image_fast', userId: owner.id },
    }),
    ['redis'],
  ),

  'GET /v1/models': oneself(() => ({}), []),
  'GET /v1/models/{name}': oneself(() => ({ path: '/v1/models/image_fast' }), []),
  // Without a stream it waits for the job, and looks at it while it does.
  'POST /v1/images/generations': oneself(() => ({ body: { prompt: 'a red fox in snow', stream: true } })),

  'POST /v1/videos': oneself(() => ({ body: { prompt: 'a red fox in snow' } })),
  'GET /v1/videos/{id}': owned(({ video }) => ({ id: video })),
  // On one host with the storage the file goes through the edge.
  'GET /v1/videos/{id}/content': owned(({ video }) => ({ id: video }), ['database', 'storage']),
  'DELETE /v1/videos/{id}': owned(({ video }) => ({ id: video }), ['database', 'database']),

  // Of the tools the one that costs as little as any.
  'POST /mcp': oneself(() => ({
    body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'queue_status' } },
  })),

  'GET /api/jobs/{id}': owned(({ ended }) => ({ id: ended })),
  'GET /api/jobs/{id}/events': owned(({ ended }) => ({ id: ended })),
  'POST /api/jobs/{id}/cancel': owned(({ waiting }) => ({ id: waiting })),
  'POST /api/jobs/{id}/retry': owned(({ ended }) => ({ id: ended }), ['database', 'database']),
  'PATCH /api/assets/{id}': owned(({ asset }) => ({ id: asset, body: { saved: true } })),
  'DELETE /api/assets/{id}': owned(({ asset }) => ({ id: asset })),
  'PATCH /api/projects/{id}': owned(({ project }) => ({ id: project, body: { title: 'another title' } })),
  'DELETE /api/keys/{id}': owned(({ apiKey }) => ({ id: apiKey })),
  'POST /api/webhooks/deliveries/{id}/redrive': owned(({ delivery }) => ({ id: delivery })),

  'GET /api/admin/deliveries': administrators(() => ({})),
  'GET /api/admin/enhancements': administrators(() => ({})),
  'GET /api/admin/history': administrators(() => ({})),
  'GET /api/admin/jobs': administrators(() => ({})),
  'GET /api/admin/strikes': administrators(() => ({})),
  'GET /api/admin/workers': administrators(() => ({})),
  'GET /api/metrics': administrators(() => ({})),
  'POST /api/admin/credits': administrators(({ owner }) => ({
    body: { user_id: owner.id, amount: 1, reason: 'a test' },
  })),
  'POST /api/admin/expedite': administrators(({ urgent }) => ({ body: { job_id: urgent } })),
  'POST /api/admin/pause': administrators(() => ({ body: WAN })),
  'POST /api/admin/revoke': administrators(() => ({ body: { worker_id: 'nobody-s', reason: 'a test' } })),
  'POST /api/admin/resume': administrators(() => ({ body: WAN })),
  'POST /api/admin/purge': administrators(() => ({ body: WAN })),
  'POST /api/admin/redeliver': administrators(({ delivery }) => ({ body: { delivery_id: delivery } })),
  'POST /api/admin/redrive': administrators(() => ({ body: WAN })),
  'POST /functions/v1/generate-admin-image': administrators(() => ({ body: { prompt: 'a red fox' } }), []),

  'POST /functions/v1/claim-job': workers(({ worker }) => ({ body: { worker_id: worker.id, ...WAN } })),
  'POST /functions/v1/job-callback': workers(({ worker, claim }) => ({
    body: {
      job_id: claim.job_id,
      attempt: claim.attempt,
      leaseId: claim.leaseId,
      worker_id: worker.id,
      status: 'processing',
      progress: 5,
    },
  })),

  // The last, because the rows above need what is there.
  'DELETE /api/me/data': oneself(() => ({})),
};

/** The scope that an API key needs for what a user may do; what is in none of them is for no key. */
export const SCOPES = {
  orders: [
    'POST /functions/v1/queue-job',
    'POST /functions/v1/enhance-prompt',
    'POST /api/jobs/{id}/cancel',
    'POST /api/jobs/{id}/retry',
    'POST /api/projects',
    'PATCH /api/projects/{id}',
    'POST /api/references',
    'POST /v1/images/generations',
    'POST /v1/videos',
    'DELETE /v1/videos/{id}',
    'GET /v1/models',
    'GET /v1/models/{name}',
    'PATCH /api/assets/{id}',
    'DELETE /api/assets/{id}',
  ],
  read: [
    'POST /mcp',
    'GET /v1/videos/{id}',
    'GET /v1/videos/{id}/content',
    'GET /api/me',
    'GET /api/jobs',
    'GET /api/jobs/{id}',
    'GET /api/jobs/{id}/events',
    'GET /functions/v1/events',
    'POST /api/events/ticket',
    'GET /api/assets',
    'GET /api/tags',
    'GET /api/projects',
    'GET /api/queue-status',
  ],
  webhooks: [
    'GET /api/webhooks/secret',
    'POST /api/webhooks/secret',
    'GET /api/webhooks/deliveries',
    'POST /api/webhooks/deliveries/{id}/redrive',
  ],
};
