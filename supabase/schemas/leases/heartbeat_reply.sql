create function private.heartbeat_reply(p_outcome text, p_job public.jobs, p_lease private.leases) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'outcome', p_outcome,
    'user_id', p_job.user_id,
    'job_type', p_job.job_type,
    'num_assets', p_job.num_assets,
    'status', p_job.status,
    'attempt', p_job.attempt,
    'claim', private.claim_number(p_job),
    'lease_id', p_lease.lease_id,
    'lease_until_ms', private.epoch_ms(p_lease.until),
    'cancel_requested', coalesce(p_job.cancel_requested, false)
  )
$$;
