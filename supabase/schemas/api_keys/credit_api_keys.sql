-- Gives keys back what jobs that have just ended did not cost after all, as far as it counts to the month that is
-- counted. The accounts must be locked. Most jobs have no key, so this looks for those first.
create function private.credit_api_keys(p_job_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_change record;
begin
  for v_change in
    select job.api_key_id, private.month_of(job.created_at) as month, sum(job.released)::bigint as released
    from public.jobs as job
    where job.id = any (p_job_ids) and job.api_key_id is not null and job.released > 0
    group by 1, 2
    order by 1, 2
  loop
    update private.api_keys set spent = greatest(spent - v_change.released, 0)
    where id = v_change.api_key_id and month = v_change.month;
  end loop;
end
$$;
