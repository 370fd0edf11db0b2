-- The waiting jobs of a queue that a claim chooses from, each with its place among its owner's: by priority, which
-- orders a user's own jobs and nobody else's, short before long, then by age. Cut per user before it is cut by length,
-- and with the oldest of all, whoever they belong to.
create function private.heads(p_queue text)
returns table (id uuid, user_id uuid, job_type text, num_assets smallint, created_at timestamptz, nth bigint)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  -- Bounds what a claim costs, with however many waiting.
  c_users constant integer := 40;
  c_jobs constant integer := 160;
  c_oldest constant integer := 8;
  -- No more of one user's wait at once, so counting ends here.
  c_own constant integer := 50;
  v_users uuid[];
begin
  v_users := private.waiting_users(
    p_queue => p_queue, p_from => '00000000-0000-0000-0000-000000000000', p_limit => c_users
  );
  -- More users than one look takes in: each claim looks from somewhere else.
  if cardinality(v_users) = c_users then
    v_users := private.waiting_users(p_queue => p_queue, p_from => gen_random_uuid(), p_limit => c_users);
  end if;
  return query
  select own.id, owner.user_id, own.job_type, own.num_assets, own.created_at, own.nth
  from unnest(v_users) as owner (user_id)
  cross join lateral (
    select first.id, first.job_type, first.num_assets, first.created_at, row_number() over (
      order by (-first.priority), expected.milliseconds, first.created_at, first.id
    ) as nth
    from (
      select waiting.id, waiting.job_type, waiting.num_assets, waiting.priority, waiting.created_at
      from public.jobs as waiting
      where waiting.queue = p_queue and waiting.user_id = owner.user_id and waiting.status = 'queued'
      order by (-waiting.priority), waiting.created_at, waiting.id
      limit c_jobs / greatest(cardinality(v_users), 1)
    ) as first
    join private.expected_times as expected
      on expected.job_type = first.job_type and expected.num_assets = first.num_assets
  ) as own;

  return query
  select oldest.id, oldest.user_id, oldest.job_type, oldest.num_assets, oldest.created_at, (
    select count(*) + 1
    from (
      select waiting.id, waiting.job_type, waiting.num_assets, waiting.priority, waiting.created_at
      from public.jobs as waiting
      where waiting.queue = p_queue and waiting.user_id = oldest.user_id and waiting.status = 'queued'
      order by (-waiting.priority), waiting.created_at, waiting.id
      limit c_own
    ) as before
    join private.expected_times as time_before
      on time_before.job_type = before.job_type and time_before.num_assets = before.num_assets
    where ((-before.priority), time_before.milliseconds, before.created_at, before.id)
      < ((-oldest.priority), expected.milliseconds, oldest.created_at, oldest.id)
  )
  from (
    select waiting.id, waiting.user_id, waiting.job_type, waiting.num_assets, waiting.priority, waiting.created_at
    from public.jobs as waiting
    where waiting.queue = p_queue and waiting.status = 'queued'
    order by waiting.created_at, waiting.id
    limit c_oldest
  ) as oldest
  join private.expected_times as expected
    on expected.job_type = oldest.job_type and expected.num_assets = oldest.num_assets;
end
$$;
