-- What operators do with queues, workers and failed jobs, and what they see of them.

-- Who did what to a queue, a worker or a job, and why. Written with the change itself, and never changed.
create table private.admin_actions (
  id bigint generated always as identity primary key,
  -- A user's id, or the name of the service's secret.
  actor text not null,
  action text not null check (action in ('pause', 'resume', 'purge', 'redrive')),
  queue text check (queue in ('sdxl_queue', 'wan_queue')),
  worker_id text,
  job_id uuid,
  reason text check (length(reason) between 1 and 500),
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  created_at timestamptz not null default now()
);

create function private.refuse_audit_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception 'the audit is append-only';
end
$$;
create trigger append_only before update or delete or truncate on private.admin_actions
  for each statement execute function private.refuse_audit_change();

alter table private.admin_actions enable row level security;

-- What operators look at first: the newest failures of a queue.
create index jobs_failed on public.jobs (queue, completed_at desc, id desc) where status = 'failed';

-- Stops a queue or one worker, or lets it go on; exactly one of both is named. What runs goes on either way.
create function public.admin_pause(
  p_actor text, p_paused boolean,
  p_queue text default null, p_worker_id text default null, p_reason text default null
) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  if p_worker_id is not null then
    update private.workers
    set paused = p_paused,
        paused_reason = case when p_paused then coalesce(p_reason, 'paused by an operator') end,
        -- Whoever lets a worker go on takes it to be well again.
        losses = case when p_paused then losses else 0 end
    where worker_id = p_worker_id;
  else
    update private.queue_settings set paused = p_paused, updated_at = now() where queue = p_queue;
  end if;
  if not found then
    perform private.refuse(404, 'not_found', jsonb_build_object(
      'field', case when p_worker_id is null then 'queue' else 'worker_id' end
    ));
  end if;
  -- Workers have popped hints in vain meanwhile: what is missing on the list is pushed at the next pass. A hint
  -- that is locked belongs to a claim, and is about to go.
  if not p_paused and p_worker_id is null then
    update private.outbox as hint set pushes = 0
    from (
      select job_id from private.outbox where queue = p_queue and pushes > 0 for no key update skip locked
    ) as waiting
    where hint.job_id = waiting.job_id;
  end if;
  insert into private.admin_actions (actor, action, queue, worker_id, reason)
  values (p_actor, case when p_paused then 'pause' else 'resume' end, p_queue, p_worker_id, p_reason);
end
$$;

-- Calls off what waits in a queue, at most so many at a time, and gives all of its credits back. What runs goes
-- on. Hints stay on their list: a claim of a job that has ended gets nothing.
create function public.admin_purge(
  p_actor text, p_queue text, p_limit integer, p_reason text default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_jobs private.late_job[];
  v_result jsonb;
begin
  perform private.require_edge();
  select coalesce(array_agg(row(job.id, job.user_id, 'cancel', null)::private.late_job), '{}') into v_jobs
  from (
    select id, user_id from public.jobs
    where queue = p_queue and status = 'queued'
    order by (-priority), created_at, id
    limit p_limit
    for no key update skip locked
  ) as job;
  perform private.end_late(v_jobs);
  perform private.tell_late(v_jobs);

  v_result := jsonb_build_object(
    'canceled', cardinality(v_jobs),
    'released', (
      select coalesce(sum(hold.released), 0)
      from unnest(v_jobs) as purged join private.credit_holds as hold using (job_id)
    ),
    'remaining', (select count(*) from public.jobs where queue = p_queue and status = 'queued')
  );
  insert into private.admin_actions (actor, action, queue, reason, details)
  values (p_actor, 'purge', p_queue, p_reason, v_result);
  return v_result;
end
$$;

-- The failed jobs that an operator orders again: one, or the newest of a queue. A failed job stays failed, for
-- what has ended never changes; the edge places a new order that names it. So what was ordered again already is
-- not among them, nor is what the content policy refused.
create function public.admin_redrive(
  p_actor text, p_limit integer,
  p_queue text default null, p_job_id uuid default null, p_reason text default null,
  p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_job public.jobs;
  v_jobs jsonb;
begin
  perform private.require_edge();
  if p_job_id is not null then
    select * into v_job from public.jobs where id = p_job_id;
    if not found then
      perform private.refuse(404, 'not_found', '{"field": "job_id"}');
    elsif v_job.status <> 'failed' or v_job.error_code = 'content_policy' then
      perform private.refuse(409, 'state_conflict', jsonb_strip_nulls(jsonb_build_object(
        'status', v_job.status, 'error_code', v_job.error_code
      )));
    end if;
    v_jobs := jsonb_build_array(private.job_view(v_job));
  else
    select coalesce(jsonb_agg(private.job_view(job) order by job.completed_at desc, job.id desc), '[]') into v_jobs
    from (
      select failed.* from public.jobs as failed
      where failed.queue = p_queue and failed.status = 'failed'
        and failed.error_code <> 'content_policy'
        and (failed.completed_at, failed.id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        and not exists (select from public.jobs as again where again.retry_of = failed.id)
      order by failed.completed_at desc, failed.id desc
      limit private.page_size(p_limit)
    ) as job;
  end if;
  insert into private.admin_actions (actor, action, queue, job_id, reason, details)
  values (p_actor, 'redrive', p_queue, p_job_id, p_reason, jsonb_build_object(
    'jobs', coalesce((select jsonb_agg(job -> 'id') from jsonb_array_elements(v_jobs) as job), '[]')
  ));
  return v_jobs;
end
$$;

create function public.admin_workers() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'worker_id', worker.worker_id,
      'queues', worker.queues,
      'models', worker.models,
      'state', worker.state,
      'current_job', worker.current_job,
      'seen_seconds', private.seconds_since(worker.last_seen_at),
      'first_seen_at', private.rfc3339(worker.first_seen_at),
      'last_seen_at', private.rfc3339(worker.last_seen_at),
      'losses', worker.losses,
      'paused', worker.paused,
      'paused_reason', worker.paused_reason
    ) order by worker.last_seen_at desc, worker.worker_id)
    from (
      select * from private.workers order by last_seen_at desc, worker_id limit private.page_size(200)
    ) as worker
  ), '[]');
end
$$;

-- Failed jobs for operators: without their prompts, with what workers said of each attempt.
create function public.admin_jobs(
  p_limit integer, p_queue text default null, p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'id', job.id,
      'user_id', job.user_id,
      'job_type', job.job_type,
      'queue', job.queue,
      'status', job.status,
      'attempt', job.attempt,
      'error_code', job.error_code,
      'error_message', job.error_message,
      'created_at', private.rfc3339(job.created_at),
      'completed_at', private.rfc3339(job.completed_at),
      'retried_as', (
        select again.id from public.jobs as again where again.retry_of = job.id order by again.created_at limit 1
      ),
      'errors', coalesce((
        select jsonb_agg(jsonb_build_object(
          'attempt', error.attempt,
          'worker_id', error.worker_id,
          'error_code', error.error_code,
          'worker_error', error.worker_error,
          'created_at', private.rfc3339(error.created_at)
        ) order by error.id)
        from private.job_errors as error where error.job_id = job.id
      ), '[]')
    ) order by job.completed_at desc, job.id desc)
    from (
      -- Each queue by its own index, then the newest of both.
      select newest.* from unnest(case when p_queue is null then array['sdxl_queue', 'wan_queue'] else array[p_queue] end)
        as served (queue)
      cross join lateral (
        select failed.* from public.jobs as failed
        where failed.queue = served.queue and failed.status = 'failed'
          and (failed.completed_at, failed.id) < (private.page_start(p_before), private.page_start_id(p_before_id))
        order by failed.completed_at desc, failed.id desc
        limit private.page_size(p_limit)
      ) as newest
      order by newest.completed_at desc, newest.id desc
      limit private.page_size(p_limit)
    ) as job
  ), '[]');
end
$$;

revoke all on function public.admin_pause, public.admin_purge, public.admin_redrive, public.admin_workers,
  public.admin_jobs from public, anon, authenticated, service_role;
grant execute on function public.admin_pause, public.admin_purge, public.admin_redrive, public.admin_workers,
  public.admin_jobs to ourvidz_edge;
call private.close();
