-- Notes that a queued job needs a hint for its attempt.
create function private.put_in_outbox(p_job public.jobs, p_pushed_by_writer boolean) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.outbox (job_id, queue, attempt, job_type, num_assets, pushed_at)
  values (
    p_job.id, p_job.queue, p_job.attempt, p_job.job_type, p_job.num_assets, case when p_pushed_by_writer then now() end
  )
  on conflict (job_id) do update
    set attempt = excluded.attempt, written_at = now(), pushed_at = excluded.pushed_at, pushes = 0;
end
$$;
