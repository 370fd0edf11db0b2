create function private.measure_finished_assets() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, amount)
  select 'stored_bytes', job.job_type, sum(private.stored_bytes(asset.metadata))
  from after as asset
  join before on before.id = asset.id and before.status <> 'completed'
  join public.jobs as job on job.id = asset.job_id
  where asset.status = 'completed'
  group by job.job_type
  having sum(private.stored_bytes(asset.metadata)) > 0;
  return null;
end
$$;
