-- The waiting jobs of a queue that are next, with their turns. Of a user's own jobs those that an operator has
-- expedited go first, then by priority, which counts for nobody else's, short before long, then by age. All of a short
-- queue. Of a longer one the first jobs of some users, cut per user before it is cut by length, and all jobs of those
-- who have waited longest or have something expedited.
create function private.heads(p_queue text, p_is_short boolean)
returns table (id uuid, created_at timestamptz, turn bigint, milliseconds bigint)
language plpgsql rows 160
set search_path = ''
as $$
#variable_conflict use_column
declare
  -- Bounds what a claim costs, with however many waiting.
  c_users constant integer := 40;
  c_jobs constant integer := 160;
  c_oldest constant integer := 8;
  -- No more of one user's wait at once.
  c_own constant integer := 50;
  v_users uuid[];
  v_longest uuid[];
begin
  if p_is_short then
    return query
    select waiting.id, waiting.created_at, private.turn(
      p_place => row_number() over (
        partition by waiting.user_id
        order by waiting.expedited desc, waiting.priority desc, expected.milliseconds, waiting.created_at, waiting.id
      ),
      p_running => (
        select count(*) from public.jobs as running
        where running.queue = p_queue and running.user_id = waiting.user_id and running.status = 'processing'
      ),
      p_since => private.waits_since(waiting.created_at, waiting.expedited)
    ), expected.milliseconds
    from (
      select * from public.jobs as job
      where job.queue = p_queue and job.status = 'queued'
      order by job.created_at, job.id limit private.exact_positions() + 1
    ) as waiting
    join private.expected_times as expected
      on expected.job_type = waiting.job_type and expected.num_assets = waiting.num_assets;
    return;
  end if;

  v_users := private.waiting_users(
    p_queue => p_queue, p_from => '00000000-0000-0000-0000-000000000000', p_limit => c_users
  );
  -- More users than one look takes in: each claim looks from somewhere else.
  if cardinality(v_users) = c_users then
    v_users := private.waiting_users(p_queue => p_queue, p_from => gen_random_uuid(), p_limit => c_users);
  end if;
  v_longest := array(
    (
      select waiting.user_id
      from public.jobs as waiting
      where waiting.queue = p_queue and waiting.status = 'queued'
      order by waiting.created_at, waiting.id
      limit c_oldest
    )
    union all
    (
      select urgent.user_id
      from public.jobs as urgent
      where urgent.queue = p_queue and urgent.status = 'queued' and urgent.expedited
      order by urgent.created_at, urgent.id
      limit c_oldest
    )
  );
  return query
  select own.id, own.created_at, private.turn(
    p_place => own.nth, p_running => busy.jobs, p_since => private.waits_since(own.created_at, own.expedited)
  ), own.milliseconds
  from (select distinct unnest(v_users || v_longest)) as owner (user_id)
  cross join lateral (
    select count(*) as jobs from public.jobs as running
    where running.queue = p_queue and running.user_id = owner.user_id and running.status = 'processing'
  ) as busy
  cross join lateral (
    select first.id, first.created_at, first.expedited, expected.milliseconds, row_number() over (
      order by first.expedited desc, first.priority desc, expected.milliseconds, first.created_at, first.id
    ) as nth
    from (
      select waiting.id, waiting.job_type, waiting.num_assets, waiting.expedited, waiting.priority, waiting.created_at
      from public.jobs as waiting
      where waiting.queue = p_queue and waiting.user_id = owner.user_id and waiting.status = 'queued'
      order by waiting.expedited desc, waiting.priority desc, waiting.created_at, waiting.id
      limit case
        when owner.user_id = any (v_longest) then c_own
        else c_jobs / greatest(cardinality(v_users), 1)
      end
    ) as first
    join private.expected_times as expected
      on expected.job_type = first.job_type and expected.num_assets = first.num_assets
  ) as own;
end
$$;
