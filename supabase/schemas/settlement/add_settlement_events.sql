-- One event an asset and, when the job's state changed, one for the job.
create function private.add_settlement_events(
  p_job public.jobs, p_indexes smallint[], p_statuses text[], p_ids uuid[]
) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_kinds text[];
  v_data jsonb[];
begin
  select array_agg('asset'::text), array_agg(jsonb_build_object(
    'id', asset.id, 'index', asset.index, 'kind', p_job.format, 'status', asset.status
  ) order by asset.index)
  into v_kinds, v_data
  from unnest(p_indexes, p_statuses, p_ids) as asset (index, status, id);
  if p_job.status <> 'processing' then
    v_kinds := v_kinds || case p_job.status when 'queued' then 'requeued' else p_job.status end;
    v_data := v_data || jsonb_strip_nulls(jsonb_build_object(
      'status', p_job.status, 'attempt', p_job.attempt,
      'error_code', p_job.error_code, 'error_message', p_job.error_message
    ));
  end if;
  if cardinality(v_kinds) > 0 then
    perform private.add_events(
      p_user_id => p_job.user_id, p_job_id => p_job.id, p_kinds => v_kinds, p_data => v_data
    );
  end if;
end
$$;
