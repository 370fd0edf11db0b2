// What the page for developers says, the first programs included.

export const texts = {
  copy: 'Copy',
  copyOf: (label) => `Copy: ${label}`,
  copied: 'Copied',
  notAllowed: 'Not allowed',
  tableOfErrors: 'Table of errors',
  code: 'Code',
  meaning: 'What it means',
  notLoaded: 'The description could not be loaded. Reload the page to try again.',
  quickStarts: 'Quick starts',
  errors: 'Errors',
  // By the part of the address that leads to them.
  groups: {
    ordering: 'Ordering',
    following: 'Following',
    assets: 'Assets',
    prompts: 'Prompts',
    account: 'Account',
    webhooks: 'Webhooks',
    'openai-api': 'OpenAI API',
    'model-context-protocol': 'Model Context Protocol',
    workers: 'Workers',
    administration: 'Administration',
    'everything-else': 'Everything else',
  },
  by: (callers) => `By ${callers.join(' or ') || 'anybody'}.`,
  // By the name of the security scheme.
  callers: {
    user: 'a user',
    apiKey: 'a program with a key',
    adminSecret: 'an administrator',
    ticket: 'who has a ticket',
    workerSignature: 'a worker',
    attemptToken: 'a worker, with the token of its attempt',
  },
  parameters: 'Parameters',
  placeOf: (place, isRequired) => ` in ${place}${isRequired ? ', required' : ''}`,
  body: 'Body',
  bodyOf: (operation) => `Body of ${operation}`,
  answers: 'Answers',
  answerOf: (status, operation) => `${status} of ${operation}`,
  answer: 'Answer',
  tryIt: 'Try it',
  tryOf: (operation) => `Try ${operation}`,
  signInFirst: 'Sign in to the studio first: this sends its token.',
  send: (method) => `Send ${method}`,
  beforeTheFirst:
    'Send an access token of the sign-in as bearer, and an Idempotency-Key with each order: the same key is carried out once, however often it is sent.',
  firstPrograms: (base, supabaseUrl) => ({
    curl: `curl -sf ${base}/functions/v1/queue-job \\
  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
  -H "idempotency-key: $(date +%s%N)" -H 'prefer: wait=60' \\
  -d '{"jobType":"sdxl_image_fast","metadata":{"prompt":"a red fox in snow","num_images":3}}'`,
    'JavaScript, with ourvidz-client': `import { createClient } from 'ourvidz-client';

const client = createClient({ baseUrl: '${base}', token: () => token });
const metadata = { prompt: 'a red fox in snow', num_images: 3 };
const job = await client.run({ jobType: 'sdxl_image_fast', metadata });
console.log(job.status, job.assets.map(({ url }) => url));`,
    'supabase-js, for the token': `import { createClient } from '@supabase/supabase-js';

const supabase = createClient('${supabaseUrl}', anonKey);
const { data } = await supabase.auth.signInWithPassword({ email, password });
const token = data.session.access_token;`,
    Python: `import requests

answer = requests.post(
    "${base}/functions/v1/queue-job",
    headers={"authorization": f"Bearer {token}", "idempotency-key": key, "prefer": "wait=60"},
    json={"jobType": "sdxl_image_fast", "metadata": {"prompt": "a red fox in snow"}},
)
answer.raise_for_status()
print(answer.json()["job"]["id"])`,
  }),
};
