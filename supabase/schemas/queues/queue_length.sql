-- How many wait: exact below a hundred, else as of the last pass of the sweep.
create function private.queue_length(p_queue text) returns bigint
language plpgsql stable
set search_path = ''
as $$
declare
  c_exact constant integer := 100;
  v_jobs bigint;
begin
  select count(*) into v_jobs
  from (select from public.jobs where queue = p_queue and status = 'queued' limit c_exact) as waiting;
  if v_jobs < c_exact then
    return v_jobs;
  end if;
  return (select greatest(sum(load.jobs), c_exact) from private.queue_load as load where load.queue = p_queue);
end
$$;
