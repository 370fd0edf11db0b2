-- Notes that a queued job needs a hint for its attempt.
create function private.put_in_outbox(p_job public.jobs, p_pushed_by_writer boolean) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.outbox (job_id, queue, attempt, job_type, num_assets, pushed_by_writer)
  values (p_job.id, p_job.queue, p_job.attempt, p_job.job_type, p_job.num_assets, p_pushed_by_writer)
  on conflict (job_id) do update
    set attempt = excluded.attempt, pushed_by_writer = excluded.pushed_by_writer,
        written_at = now(), pushed_at = null, pushes = 0;
end
$$;
