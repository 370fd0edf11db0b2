-- Reports that end before anything is written: repeated, too late, or refused. The edge tells after its answer.
create function public.count_callback(p_outcome text) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  if p_outcome in ('replayed', 'stale', 'terminal', 'not_found', 'refused') then
    perform private.note_callback(p_outcome);
  end if;
end
$$;

revoke all on function public.count_callback from public, anon, authenticated, service_role;
grant execute on function public.count_callback to ourvidz_edge;
