// The first picture, in four languages.

import { element } from '../base/dom.js';
import { code } from './code.js';

/** For a service at `base`. */
export function quickStarts(base, { supabaseUrl }) {
  const starts = {
    curl: `curl -sf ${base}/functions/v1/queue-job \\
  -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
  -H "idempotency-key: $(date +%s%N)" -H 'prefer: wait=60' \\
  -d '{"jobType":"sdxl_image_fast","metadata":{"prompt":"a red fox in snow","num_images":3}}'`,
    'JavaScript, with ourvidz-client': `import { createClient } from 'ourvidz-client';

const client = createClient({ baseUrl: '${base}', token: () => token });
const job = await client.run({
  jobType: 'sdxl_image_fast',
  metadata: { prompt: 'a red fox in snow', num_images: 3 },
});
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
  };
  return [
    element(
      'p',
      {},
      'Send an access token of the sign-in as bearer, and an Idempotency-Key with each order: the same key is carried out once, however often it is sent.',
    ),
    ...Object.entries(starts).flatMap(([name, text]) => [element('h3', {}, name), code(text, name)]),
  ];
}
