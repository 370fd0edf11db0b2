-- The job that an idempotency key made before, if any; refuses the key for another request.
create function private.job_of_key(p_user_id uuid, p_key text, p_fingerprint text) returns public.jobs
language plpgsql
set search_path = ''
as $$
declare
  v_job public.jobs;
begin
  select * into v_job from public.jobs where user_id = p_user_id and idempotency_key = p_key;
  if found and v_job.fingerprint <> p_fingerprint then
    perform private.refuse(422, 'idempotency_mismatch');
  end if;
  return v_job;
end
$$;
