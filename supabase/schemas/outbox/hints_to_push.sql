-- The hints of a queue that need pushing: those that nobody else pushes, those that were pushed before Redis lost its
-- lists, and, when the list is shorter than what waits, as many of the longest unpushed as are missing, each at
-- growing intervals. So an honest backlog adds nothing, and a hint that was lost on its way is made up for.
--
-- Workers of a `legacy` queue take a hint and start without a word, and the job still reads as queued: there a
-- hint is repeated only when a job that was started would long be done.
create function private.hints_to_push(
  p_queue text, p_length bigint, p_limit integer, p_lists_lost_at timestamptz
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
    where hint.pushed_at is null or not v_settings.legacy
      or hint.pushed_at < now() - private.milliseconds(c_slow * expected.milliseconds)
    order by hint.pushed_at nulls first, hint.written_at
    limit p_limit
  ) as due;
  return query select unnest(v_due);

  v_missing := private.queue_length(p_queue) - p_length - coalesce(cardinality(v_due), 0);
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
