-- What becomes of a job whose worker is lost. What had arrived one by one is delivered, without a further attempt
-- if nothing is missing.
create function private.outcome_of_late_job(p_job public.jobs, p_max_attempts integer) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  v_delivered bigint;
begin
  select count(*) into v_delivered
  from (
    select from public.images where job_id = p_job.id and status = 'completed'
    union all
    select from public.videos where job_id = p_job.id and status = 'completed'
  ) as delivered;
  return case
    when v_delivered = p_job.num_assets then 'deliver'
    when p_job.cancel_requested then 'cancel'
    when p_job.attempt < p_max_attempts then 'requeue'
    when v_delivered > 0 then 'deliver'
    else 'fail'
  end;
end
$$;
