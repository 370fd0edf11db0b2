-- What a pass of the sweep does besides ending late jobs: which hints to push again, which objects to delete, what
-- jobs take by now, and what is old enough to be forgotten. Everything is bounded by the pass's limit.

-- The hints of a queue that need pushing: those that were never marked as pushed (their writer gets a moment to
-- do it), those that were pushed before Redis lost its lists, and, when the list is shorter than what waits, as
-- many of the longest unpushed as are missing, each at growing intervals. So an honest backlog adds nothing.
--
-- Workers of a `legacy` queue take a hint and start without a word, and the job still reads as queued: there a
-- hint is repeated only when a job that was started would long be done.
create function private.hints_to_push(
  p_queue text, p_length bigint, p_limit integer, p_unmarked_seconds integer, p_lists_lost_at timestamptz
) returns setof uuid
language plpgsql stable
set search_path = ''
as $$
declare
  c_first_repeat constant interval := interval '30 seconds';
  c_most_doublings constant integer := 5;
  c_slow constant integer := 3;
  v_settings private.queue_settings;
  v_due uuid[];
  v_missing bigint;
begin
  select * into v_settings from private.queue_settings where queue = p_queue;
  -- A list that cannot be read cannot be written either; a paused queue would only hand out refusals.
  if p_length is null or v_settings.paused then
    return;
  end if;

  select array_agg(due.job_id) into v_due
  from (
    select hint.job_id from (
      select never.* from private.outbox as never
      where never.queue = p_queue and never.pushed_at is null
      union all
      select lost.* from private.outbox as lost
      where lost.queue = p_queue and lost.pushed_at < p_lists_lost_at
    ) as hint
    join private.expected_times as expected using (job_type, num_assets)
    where not hint.pushed_by_writer and hint.pushed_at is null
      or coalesce(hint.pushed_at, hint.written_at) < now() - case
        when v_settings.legacy then private.milliseconds(c_slow * expected.milliseconds)
        when hint.pushed_at is null then private.seconds(p_unmarked_seconds)
        else interval '0'
      end
    order by hint.pushed_by_writer, hint.written_at
    limit p_limit
  ) as due;
  return query select unnest(v_due);

  select count(*) - p_length - coalesce(cardinality(v_due), 0) into v_missing
  from public.jobs as waiting where waiting.queue = p_queue and waiting.status = 'queued';
  if v_missing <= 0 then
    return;
  end if;
  return query
  select hint.job_id
  from private.outbox as hint
  join private.expected_times as expected using (job_type, num_assets)
  where hint.queue = p_queue
    and hint.pushed_at >= p_lists_lost_at
    and hint.pushed_at < now() - c_first_repeat
    and hint.pushed_at < now() - case
      when v_settings.legacy then private.milliseconds(c_slow * expected.milliseconds)
      else c_first_repeat * (2 ^ least(hint.pushes, c_most_doublings))
    end
  order by hint.pushed_at
  limit greatest(least(v_missing, p_limit - coalesce(cardinality(v_due), 0)), 0);
end
$$;

-- Objects that are due for deletion. Each is handed out again after a while, longer each time, until a pass
-- reports it gone; deleting what is gone already is no error.
create function private.take_doomed_objects(p_limit integer) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  c_try_again constant interval := interval '5 minutes';
  c_most_tries constant integer := 12;
  v_objects jsonb;
begin
  with taken as (
    update private.doomed_objects as doomed
    set tries = doomed.tries + 1, due_at = now() + c_try_again * least(doomed.tries + 1, c_most_tries)
    from (
      select bucket, key from private.doomed_objects
      where due_at <= now() order by due_at limit p_limit
      for update skip locked
    ) as due
    where doomed.bucket = due.bucket and doomed.key = due.key
    returning doomed.bucket, doomed.key
  )
  select jsonb_agg(jsonb_build_object('bucket', taken.bucket, 'key', taken.key)) into v_objects from taken;
  return coalesce(v_objects, '[]');
end
$$;

-- Expected times follow what jobs really take.
create function private.refresh_expected_times() returns void
language plpgsql
set search_path = ''
as $$
declare
  -- Enough that one odd job does not count, few enough to follow a faster GPU within the hour.
  c_newest constant integer := 31;
begin
  update private.expected_times as expected
  set milliseconds = measured.median
  from (
    select kind.job_type, kind.num_assets, (
      select greatest(percentile_disc(0.5) within group (order by newest.milliseconds), 1)
      from (
        select time.milliseconds from private.generation_times as time
        where time.job_type = kind.job_type and time.num_assets = kind.num_assets
        order by time.id desc limit c_newest
      ) as newest
      having count(*) > 0 -- greatest() takes no notice of a median that is null
    ) as median
    from private.expected_times as kind
  ) as measured
  where expected.job_type = measured.job_type and expected.num_assets = measured.num_assets
    and measured.median <> expected.milliseconds;
end
$$;

-- Deletes what nobody asks for after a month, a bounded part a pass; true when nothing is left to delete.
create function private.prune(p_limit integer) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  c_before constant timestamptz := now() - interval '30 days';
  v_deleted integer;
  v_most integer := 0;
begin
  delete from public.job_events where ctid in (
    select ctid from public.job_events where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.settlements where ctid in (
    select ctid from private.settlements where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.attempt_keys where ctid in (
    select ctid from private.attempt_keys where recorded_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.generation_times where ctid in (
    select ctid from private.generation_times where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.job_errors where ctid in (
    select ctid from private.job_errors where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from public.webhook_deliveries where ctid in (
    select ctid from public.webhook_deliveries where created_at < c_before and status <> 'pending' limit p_limit
  );
  get diagnostics v_deleted = row_count;
  return greatest(v_most, v_deleted) < p_limit;
end
$$;

call private.close();
