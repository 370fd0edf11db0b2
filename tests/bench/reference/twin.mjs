// Our own design by hand, in plain JavaScript: what wasm costs is the difference to this. A submit checks the token,
// plans from a golden plan, makes one call, and pushes the hint behind its answer; a settlement checks the signature
// and the snapshot, and makes one call. It leaves out the content policy, so it flatters JavaScript.

import settled from '../../fixtures/job-callback/completed_batch_of_six.plan.json';
import planned from '../../fixtures/queue-job/batch_of_six.plan.json';

const encoder = new TextEncoder();
const keys = new Map();

export default {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    return pathname.endsWith('/queue-job') ? queueJob(request, env, context) : jobCallback(request, env);
  },
};

async function queueJob(request, env, context) {
  const claims = await verified(request.headers.get('authorization')?.slice('Bearer '.length) ?? '', env);
  if (claims?.aud !== 'authenticated' || claims.exp * 1000 < Date.now()) return answer({ error: 'unauthorized' }, 401);
  const order = await request.json();
  const prompt = order.metadata.prompt.trim();
  if (prompt === '' || prompt.length > 2000) return answer({ error: 'invalid_request' }, 400);
  const [id, at] = [crypto.randomUUID(), new Date().toISOString()];
  const metadata = {
    ...planned.p_metadata,
    generation_timestamp: at,
    prompt_length: prompt.length,
    prompt_word_count: prompt.split(/\s+/).length,
    user_id: claims.sub,
  };
  const payload = { ...planned.p_payload, id, prompt, user_id: claims.sub, created_at: at, metadata };
  const enqueued = await rpc(env, 'enqueue_job', {
    ...planned,
    p_job_id: id,
    p_user_id: claims.sub,
    p_prompt: prompt,
    p_metadata: metadata,
    p_payload: payload,
    p_starting_credits: Number(env.STARTING_CREDITS),
  });
  context.waitUntil(push(env, payload));
  return answer({
    success: true,
    job: enqueued.job,
    images: enqueued.images,
    queueLength: enqueued.queue_length,
    position: enqueued.position,
    etaSeconds: enqueued.eta_seconds,
  });
}

async function push(env, payload) {
  const hint = { ...payload, v: 2, attempt: 1, callback: { url: `${env.PUBLIC_BASE_URL}/functions/v1/job-callback` } };
  await fetch(env.UPSTASH_REDIS_REST_URL, {
    method: 'POST',
    headers: { authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(['LPUSH', 'queue_of_twin', JSON.stringify(hint)]),
  });
}

async function jobCallback(request, env) {
  const body = await request.text();
  const signed = `${request.headers.get('webhook-id')}.${request.headers.get('webhook-timestamp')}.${body}`;
  const secret = Uint8Array.from(atob(env.WORKER_CALLBACK_SECRET.slice('whsec_'.length)), (byte) => byte.charCodeAt(0));
  const signature = request.headers.get('webhook-signature').split(',')[1];
  if (!(await isTag(secret, signature, signed))) return answer({ error: 'unauthorized' }, 401);
  const report = JSON.parse(body);
  const [version, state, tag] = report.snapshot.split('.');
  const tokenSecret = Uint8Array.from(env.CALLBACK_TOKEN_SECRET.match(/../g), (digits) => Number.parseInt(digits, 16));
  if (!(await isTag(tokenSecret, fromUrl(tag), `${version}.${state}`))) return answer({ error: 'unauthorized' }, 401);
  const { job, prompt } = JSON.parse(new TextDecoder().decode(bytesOf(fromUrl(state))));
  const at = new Date().toISOString();
  const written = await rpc(env, 'settle_job', {
    ...settled.rpc,
    p_job_id: job.id,
    p_version: job.version,
    p_attempt: job.attempt,
    p_next_attempt: job.attempt,
    p_worker_id: report.worker_id,
    p_metadata: { callback_processed_at: at, primary_asset: report.assets[0], all_assets: report.assets },
    p_assets: report.assets.map((url, index) => ({
      ...settled.rpc.p_assets[index],
      url,
      thumbnail_url: report.thumbnails?.[index] ?? url,
      title: `${prompt.slice(0, 60)} (${index + 1})`,
      metadata: { ...settled.rpc.p_assets[index].metadata, callback_processed_at: at, original_job_id: job.id },
    })),
    p_digest: report.assets.join(),
  });
  if (written.outcome !== 'ok') return answer({ error: written.outcome }, 409);
  return answer({ success: true, message: 'processed', cancelRequested: false });
}

async function rpc(env, name, parameters) {
  const reply = await fetch(`${env.SUPABASE_URL}/rest/v1/rpc/${name}`, {
    method: 'POST',
    headers: {
      apikey: env.SUPABASE_ANON_KEY,
      authorization: `Bearer ${env.EDGE_DB_JWT}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(parameters),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${name}: ${reply.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

async function verified(token, env) {
  const [header, claims, signature] = token.split('.');
  if (signature === undefined) return null;
  const secret = encoder.encode(env.SUPABASE_JWT_SECRET);
  if (!(await isTag(secret, fromUrl(signature), `${header}.${claims}`))) return null;
  return JSON.parse(new TextDecoder().decode(bytesOf(fromUrl(claims))));
}

async function isTag(secret, tag, text) {
  const name = secret.join();
  if (!keys.has(name))
    keys.set(name, await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']));
  return crypto.subtle.verify('HMAC', keys.get(name), bytesOf(tag), encoder.encode(text));
}

const fromUrl = (text) => text.replaceAll('-', '+').replaceAll('_', '/');
const bytesOf = (text) => Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));

function answer(body, status = 200) {
  return new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' }, status });
}
