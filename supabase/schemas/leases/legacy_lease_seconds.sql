-- How long the lease of a worker of the old kind lasts: it sends no heartbeats, so it must outlast the job.
create function private.legacy_lease_seconds(p_job public.jobs, p_least bigint) returns bigint
language plpgsql stable
set search_path = ''
as $$
declare
  c_slow constant bigint := 3;
begin
  return (
    select greatest(p_least, c_slow * expected.milliseconds / 1000)
    from private.expected_times as expected
    where expected.job_type = p_job.job_type and expected.num_assets = p_job.num_assets
  );
end
$$;
