-- `add_events` for one event of one job.
create function private.add_event(p_user_id uuid, p_job_id uuid, p_kind text, p_data jsonb default '{}')
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.add_events(
    p_users => array[p_user_id], p_jobs => array[p_job_id], p_kinds => array[p_kind], p_data => array[p_data]
  );
end
$$;
