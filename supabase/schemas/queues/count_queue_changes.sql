-- Moves what changed into the load, at most so many changes at once.
create function private.count_queue_changes(p_limit integer) returns void
language plpgsql
set search_path = ''
as $$
begin
  with counted as (
    delete from private.queue_changes
    where ctid = any (array(select ctid from private.queue_changes limit p_limit for update skip locked))
    returning *
  )
  insert into private.queue_load as load (queue, priority, job_type, num_assets, jobs)
  select queue, priority, job_type, num_assets, sum(jobs)
  from counted
  group by 1, 2, 3, 4
  on conflict (queue, priority, job_type, num_assets) do update set jobs = load.jobs + excluded.jobs;
end
$$;
