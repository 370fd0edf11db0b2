-- Deletes what a user has made and said: jobs with their assets and objects, projects, keys, webhooks. So many jobs at
-- a time, the newest first, so that it ends in time; how many are left is told. What is not finished is called off
-- first, at the price of a cancel. What stays has no content: movements of credits with the balance that they add up
-- to, and that something was refused, so that deleting brings neither new starting credits nor forgiveness.
create function public.delete_data(p_user_id uuid, p_most_jobs integer) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_jobs uuid[] := array(
    select id from public.jobs where user_id = p_user_id order by created_at desc, id desc limit p_most_jobs
  );
  v_job public.jobs;
begin
  perform private.require_edge();
  -- In the order of all locks. From the account's on nothing is ordered.
  perform from public.jobs where id = any (v_jobs) order by id for no key update;
  perform from private.leases where job_id = any (v_jobs) order by job_id for update;
  perform private.lock_accounts(array[p_user_id]);
  for v_job in select * from public.jobs where id = any (v_jobs) and completed_at is null loop
    perform private.end_canceled(v_job);
  end loop;
  -- What an order names that came in between would change that order's row, and it is too late to lock jobs.
  v_jobs := array(
    select job.id from unnest(v_jobs) as job (id)
    where not exists (select from public.jobs as later where later.retry_of = job.id and later.id <> all (v_jobs))
  );
  perform private.schedule_all_deletions(p_user_id, v_jobs);
  return private.delete_rows_of(p_user_id, v_jobs);
end
$$;

revoke all on function public.delete_data from public, anon, authenticated, service_role;
grant execute on function public.delete_data to ourvidz_edge;
