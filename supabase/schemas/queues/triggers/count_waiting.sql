-- Notes what began or ceased to wait, by whatever statement.
create function private.count_waiting() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    insert into private.queue_changes (queue, priority, job_type, num_assets, jobs)
    select queue, priority, job_type, num_assets, count(*) from after
    where status = 'queued' group by 1, 2, 3, 4;
  elsif tg_op = 'DELETE' then
    insert into private.queue_changes (queue, priority, job_type, num_assets, jobs)
    select queue, priority, job_type, num_assets, -count(*) from before
    where status = 'queued' group by 1, 2, 3, 4;
  else
    insert into private.queue_changes (queue, priority, job_type, num_assets, jobs)
    select queue, priority, job_type, num_assets, sum(change)
    from (
      select queue, priority, job_type, num_assets, 1 as change from after where status = 'queued'
      union all
      select queue, priority, job_type, num_assets, -1 from before where status = 'queued'
    ) as changed
    group by 1, 2, 3, 4
    having sum(change) <> 0;
  end if;
  return null;
end
$$;
