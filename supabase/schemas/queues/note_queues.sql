-- Writes a point of each queue's history, when the last one is five minutes old.
create function private.note_queues() returns void
language plpgsql
set search_path = ''
as $$
declare
  c_every constant interval := interval '5 minutes';
  v_at timestamptz := date_bin(c_every, now(), 'epoch');
begin
  if exists (select from private.queue_history where queue = 'sdxl_queue' and at = v_at) then
    return;
  end if;
  insert into private.queue_history (queue, at, queued, processing, workers, oldest_seconds, median_wait_seconds)
  select settings.queue, v_at, private.queue_length(settings.queue),
    (select count(*) from public.jobs as job where job.queue = settings.queue and job.status = 'processing'),
    (
      select count(*) from private.workers as worker
      where settings.queue = any (worker.queues) and not worker.paused and private.is_live(worker.last_seen_at)
    ),
    (
      select private.seconds_since(min(job.queued_at)) from public.jobs as job
      where job.queue = settings.queue and job.status = 'queued'
    ),
    private.median_wait_seconds(settings.queue)
  from private.queue_settings as settings
  on conflict do nothing;
end
$$;
