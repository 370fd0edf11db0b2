-- What each job used, for its owner: what it holds while it is unfinished, what was charged in the end.
create view public.usage_logs with (security_invoker = true) as
select
  job.id,
  job.user_id,
  job.id as job_id,
  job.job_type as action,
  job.format,
  job.quality,
  case when job.completed_at is null then job.price_each::bigint * job.num_assets else job.charged end
    as credits_consumed,
  jsonb_build_object(
    'job_id', job.id,
    'project_id', job.project_id,
    'image_id', job.image_id,
    'video_id', job.video_id,
    'model_type', job.job_type,
    'model_variant', job.metadata -> 'model_variant',
    'queue', job.queue,
    'dual_worker_routing', job.metadata -> 'dual_worker_routing',
    'negative_prompt_supported', job.metadata -> 'negative_prompt_supported',
    'usage_timestamp', job.metadata -> 'generation_timestamp'
  ) as metadata,
  job.created_at
from public.jobs as job;

revoke all on table public.usage_logs from public, anon, authenticated, service_role;
grant select on public.usage_logs to authenticated;
