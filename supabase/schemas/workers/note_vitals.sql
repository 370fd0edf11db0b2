-- What a worker did not tell this time stays as it was told before.
create function private.note_vitals(
  p_worker_id text, p_uptime_seconds bigint, p_gpu_used_bytes bigint, p_gpu_total_bytes bigint
) returns void
language plpgsql
set search_path = ''
as $$
begin
  if p_worker_id is null or coalesce(p_uptime_seconds, p_gpu_total_bytes) is null then
    return;
  end if;
  update private.workers
  set up_since = coalesce(now() - private.seconds(p_uptime_seconds), up_since),
      gpu_used_bytes = coalesce(p_gpu_used_bytes, gpu_used_bytes),
      gpu_total_bytes = coalesce(p_gpu_total_bytes, gpu_total_bytes)
  where worker_id = p_worker_id;
end
$$;
