create function private.measure_new_jobs() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, amount)
  select 'jobs_submitted', job_type, count(*) from added group by job_type;
  return null;
end
$$;
