-- Notes what became of a job. Never refuses: a change of a job is worth more than a number about it.
create function private.measure_job() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    insert into private.measurements (metric, label, detail, amount)
    values ('jobs_submitted', new.job_type, new.num_assets, 1);
    return null;
  end if;
  if old.status = 'queued' and (tg_op = 'DELETE' or new.status <> 'queued') then
    insert into private.measurements (metric, label, detail, amount)
    values ('jobs_waiting', old.job_type, old.num_assets, -1);
  elsif new.status = 'queued' and old.status <> 'queued' then
    insert into private.measurements (metric, label, detail, amount)
    values ('jobs_waiting', new.job_type, new.num_assets, 1);
  end if;
  if tg_op = 'DELETE' then
    return null;
  end if;

  if old.started_at is null and new.started_at is not null and new.status = 'processing' then
    insert into private.measurements (metric, label, amount)
    values ('job_wait', new.job_type, extract(epoch from new.started_at - new.created_at));
  end if;
  if new.attempt > old.attempt then
    insert into private.measurements (metric, label, amount) values ('attempts_repeated', new.job_type, 1);
  end if;
  if new.completed_at is not null then
    insert into private.measurements (metric, label, detail, amount) values ('jobs_ended', new.job_type, new.status, 1);
  end if;
  if new.status = 'failed' then
    insert into private.measurements (metric, label, detail, amount)
    values ('jobs_failed', new.job_type, new.error_code, 1);
  end if;
  -- From the first worker's start to the end. A worker that never said when it began leaves both the same.
  if new.status = 'completed' and new.started_at < new.completed_at then
    insert into private.measurements (metric, label, amount)
    values ('job_run', new.job_type, extract(epoch from new.completed_at - new.started_at));
  end if;
  return null;
end
$$;
