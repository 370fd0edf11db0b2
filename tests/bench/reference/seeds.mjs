// The edge functions as the seeds document them, on workerd: supabase-js, the user asked for at the auth server, one
// call for each step, one update for each image. Only Deno's own is replaced, and the tables have a name of their own.

import { createClient } from '@supabase/supabase-js';

const corsHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'authorization, x-client-info, apikey, content-type',
};
const JOB_TYPES = [
  'sdxl_image_fast',
  'sdxl_image_high',
  'image_fast',
  'image_high',
  'video_fast',
  'video_high',
  'image7b_fast_enhanced',
  'image7b_high_enhanced',
  'video7b_fast_enhanced',
  'video7b_high_enhanced',
];

export default {
  async fetch(request, env) {
    if (request.method === 'OPTIONS') return new Response(null, { headers: corsHeaders });
    try {
      const { pathname } = new URL(request.url);
      return pathname.endsWith('/queue-job') ? await queueJob(request, env) : await jobCallback(request, env);
    } catch (error) {
      console.error('Unhandled error:', { error: error.message });
      return json({ error: error.message, success: false }, 500);
    }
  },
};

async function queueJob(request, env) {
  const supabase = createClient(env.SUPABASE_URL, env.SUPABASE_ANON_KEY, {
    global: { headers: { Authorization: request.headers.get('Authorization') } },
  });
  const {
    data: { user },
    error: userError,
  } = await supabase.auth.getUser(request.headers.get('Authorization').slice('Bearer '.length));
  if (userError || !user) return json({ error: 'Authentication required', success: false }, 401);
  const { jobType, metadata, projectId, videoId, imageId } = await request.json();
  console.log('Creating job:', { jobType, projectId, videoId, imageId, userId: user.id });
  if (!JOB_TYPES.includes(jobType)) return json({ error: `Invalid job type: ${jobType}`, success: false }, 400);

  const { format, quality, isSDXL, isEnhanced } = parseJobType(jobType);
  const modelVariant = isSDXL ? 'lustify_sdxl' : 'wan_2_1_1_3b';
  const queueName = isSDXL ? 'sdxl_queue' : 'wan_queue';
  const { data: job, error: jobError } = await supabase
    .from('reference_jobs')
    .insert({
      user_id: user.id,
      job_type: jobType,
      format,
      quality,
      model_type: jobType,
      metadata: {
        ...metadata,
        model_variant: modelVariant,
        queue: queueName,
        dual_worker_routing: true,
        negative_prompt_supported: isSDXL,
        created_timestamp: new Date().toISOString(),
      },
      project_id: projectId,
      video_id: videoId,
      image_id: imageId,
      status: 'queued',
    })
    .select()
    .single();
  if (jobError) return json({ error: 'Failed to create job record', details: jobError.message }, 500);

  const prompt = metadata?.prompt ?? '';
  const negativePrompt = isSDXL ? generateNegativePromptForSDXL(prompt) : '';
  const payload = {
    id: job.id,
    type: jobType,
    prompt,
    config: {
      size: '480*832',
      sample_steps: quality === 'high' ? 50 : 25,
      sample_guide_scale: quality === 'high' ? 7.5 : 6.5,
      sample_solver: 'unipc',
      sample_shift: 5.0,
      frame_num: format === 'video' ? 83 : 1,
      enhance_prompt: isEnhanced,
      content_type: format,
      file_extension: format === 'video' ? 'mp4' : 'png',
    },
    user_id: user.id,
    created_at: new Date().toISOString(),
    ...(isSDXL && { negative_prompt: negativePrompt }),
    video_id: videoId,
    image_id: imageId,
    character_id: null,
    model_variant: modelVariant,
    bucket: metadata?.bucket || (isSDXL ? `sdxl_image_${quality}` : `${format}_${quality}`),
    metadata: {
      ...metadata,
      model_variant: modelVariant,
      dual_worker_routing: true,
      negative_prompt_supported: isSDXL,
      ...(isSDXL && { negative_prompt: negativePrompt }),
      num_images: isSDXL ? 6 : 1,
      queue_timestamp: new Date().toISOString(),
    },
  };
  const pushed = await fetch(`${env.UPSTASH_REDIS_REST_URL}/lpush/${queueName}_of_seeds`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(payload),
  });
  if (!pushed.ok) {
    await supabase.from('reference_jobs').update({ status: 'failed' }).eq('id', job.id);
    return json({ error: 'Failed to queue job in Redis', success: false }, 500);
  }
  const { result } = await pushed.json();
  console.log('Job queued:', { jobId: job.id, queueLength: result, queueName });
  const logged = await supabase.from('reference_usage_logs').insert({
    user_id: user.id,
    action: jobType,
    format,
    quality,
    credits_consumed: metadata.credits || 1,
    metadata: {
      job_id: job.id,
      project_id: projectId,
      image_id: imageId,
      video_id: videoId,
      model_type: jobType,
      model_variant: modelVariant,
      queue: queueName,
      dual_worker_routing: true,
      negative_prompt_supported: isSDXL,
      usage_timestamp: new Date().toISOString(),
    },
  });
  if (logged.error) console.warn('Usage logging failed:', logged.error);
  return json({
    success: true,
    job,
    message: 'Job queued successfully',
    queueLength: result || 0,
    modelVariant,
    jobType,
    queue: queueName,
    isSDXL,
    negativePromptSupported: isSDXL,
  });
}

async function jobCallback(request, env) {
  const supabase = createClient(env.SUPABASE_URL, env.SUPABASE_SERVICE_ROLE_KEY);
  const { job_id, status, assets, error_message } = await request.json();
  if (!job_id) throw new Error('job_id is required');
  const primaryAsset = assets?.[0] ?? null;
  const { data: currentJob, error: fetchError } = await supabase
    .from('reference_jobs')
    .select('metadata, job_type, image_id, video_id, format, quality, model_type, user_id')
    .eq('id', job_id)
    .single();
  if (fetchError) throw fetchError;
  const metadata = currentJob.metadata || {};
  if (status === 'completed' && primaryAsset) {
    metadata.primary_asset = primaryAsset;
    metadata.all_assets = assets;
    metadata.callback_processed_at = new Date().toISOString();
    metadata.callback_debug = {
      received_assets: assets,
      primary_asset: primaryAsset,
      job_type: currentJob.job_type,
      processing_timestamp: new Date().toISOString(),
    };
  }
  const { data: job, error: updateError } = await supabase
    .from('reference_jobs')
    .update({ status, completed_at: new Date().toISOString(), error_message: error_message || null, metadata })
    .eq('id', job_id)
    .select()
    .single();
  if (updateError) throw updateError;
  const { format, quality, isSDXL, isEnhanced } = parseJobType(job.job_type);
  if (format === 'image') await handleImages(supabase, job, assets, { isSDXL, isEnhanced });
  console.log('Callback processed:', { job_id, status, assetsCount: assets?.length ?? 0 });
  return json({
    success: true,
    message: 'Job callback processed successfully with standardized parameters',
    debug: { job_id, jobStatus: status, jobType: job.job_type, format, quality, isSDXL, isEnhanced },
  });
}

async function handleImages(supabase, job, assets, { isSDXL, isEnhanced }) {
  const metadata = job.metadata || {};
  const prompt = metadata.prompt || 'Untitled Image';
  const baseTitle = prompt.length <= 60 ? prompt : `${prompt.substring(0, 60)}...`;
  for (let index = 0; index < assets.length; index += 1) {
    const { error } = await supabase
      .from('reference_images')
      .update({
        title: assets.length > 1 ? `${baseTitle} (${index + 1})` : baseTitle,
        image_url: assets[index],
        thumbnail_url: assets[index],
        status: 'completed',
        metadata: {
          ...metadata,
          model_type: isSDXL ? 'sdxl' : 'wan',
          is_sdxl: isSDXL,
          is_enhanced: isEnhanced,
          callback_processed_at: new Date().toISOString(),
          original_job_id: job.id,
          image_index: index,
          total_images: assets.length,
          job_type: job.job_type,
          callback_debug: {
            job_type: job.job_type,
            primary_asset: assets[0],
            received_assets: assets,
            processing_timestamp: new Date().toISOString(),
          },
        },
      })
      .eq('job_id', job.id)
      .eq('image_index', index)
      .select()
      .single();
    if (error) throw error;
  }
}

function parseJobType(jobType) {
  const isSDXL = jobType.startsWith('sdxl_');
  const isEnhanced = jobType.includes('enhanced');
  const parts = jobType.replace('sdxl_', '').replace('7b', '').split('_');
  return { format: parts[0], quality: parts[1], isSDXL, isEnhanced };
}

function generateNegativePromptForSDXL(userPrompt) {
  const negatives = [
    ...['bad anatomy', 'extra limbs', 'deformed', 'missing limbs'],
    ...['low quality', 'bad quality', 'worst quality'],
    ...['deformed hands', 'extra fingers', 'deformed face', 'malformed'],
    ...['text', 'watermark', 'logo', 'ugly', 'poorly drawn'],
  ];
  if (userPrompt.toLowerCase().includes('nude')) negatives.push('anatomical errors', 'wrong anatomy');
  return negatives.join(', ');
}

function json(body, status = 200) {
  return new Response(JSON.stringify(body), {
    headers: { ...corsHeaders, 'Content-Type': 'application/json' },
    status,
  });
}
