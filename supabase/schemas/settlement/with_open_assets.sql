-- The reported assets, and when the job ends with them, all others too: an ended job has no open asset.
create function private.with_open_assets(p_job public.jobs, p_assets jsonb, p_status text) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
declare
  v_assets jsonb := p_assets;
begin
  if p_status in ('completed', 'failed', 'canceled') then
    for v_index in 0..p_job.num_assets - 1 loop
      if not p_assets @> jsonb_build_array(jsonb_build_object('index', v_index)) then
        v_assets := v_assets || jsonb_build_object(
          'index', v_index, 'status', case p_status when 'canceled' then 'canceled' else 'failed' end
        );
      end if;
    end loop;
  end if;
  return v_assets;
end
$$;
