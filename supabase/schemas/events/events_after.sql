-- What a user's own read and a ticket's have in common. A stream without a position is to tell only of what happens
-- next, so it begins at the newest event: a page that has just read its lists knows the past already, and the past of
-- a busy user is long.
create function private.events_after(
  p_user_id uuid, p_after bigint, p_limit integer, p_job_id uuid
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  v_after bigint := p_after;
  v_events jsonb;
begin
  -- Without a position it is the newest event alone.
  if v_after is null and p_job_id is null then
    select max(position) - 1 into v_after from public.job_events where user_id = p_user_id;
  elsif v_after is null then
    select max(seq) - 1 into v_after from public.job_events where job_id = p_job_id and user_id = p_user_id;
  end if;

  if p_job_id is null then
    select jsonb_agg(event.view order by event.position) into v_events
    from (
      select position, jsonb_build_object(
        'cursor', position, 'job_id', job_id, 'seq', seq, 'kind', kind, 'data', data,
        'created_at', private.rfc3339(created_at)
      ) as view
      from public.job_events
      where user_id = p_user_id and position > v_after
      order by position limit private.page_size(p_limit)
    ) as event;
  else
    select jsonb_agg(event.view order by event.seq) into v_events
    from (
      select seq, jsonb_build_object(
        'cursor', seq, 'job_id', job_id, 'seq', seq, 'kind', kind, 'data', data,
        'created_at', private.rfc3339(created_at)
      ) as view
      from public.job_events
      where job_id = p_job_id and user_id = p_user_id and seq > v_after
      order by seq limit private.page_size(p_limit)
    ) as event;
  end if;
  return coalesce(v_events, '[]');
end
$$;
