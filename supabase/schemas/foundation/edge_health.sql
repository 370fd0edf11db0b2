create function public.edge_health() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return jsonb_build_object(
    'schema_version', private.schema_version(),
    'sweep_seconds', (
      select private.seconds_since(state.last_pass_at) from private.sweep_state as state
    )
  );
end
$$;

revoke all on function public.edge_health from public, anon, authenticated, service_role;
grant execute on function public.edge_health to ourvidz_edge;
