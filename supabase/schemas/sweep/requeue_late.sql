create function private.requeue_late(p_job_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.jobs set status = 'queued', attempt = attempt + 1, progress = 0, queued_at = now()
  where id = any (p_job_ids);
  perform private.put_in_outbox(job, false) from public.jobs as job where job.id = any (p_job_ids);
end
$$;
