-- Supabase grants new objects in public to anon, authenticated and service_role, and Postgres lets PUBLIC
-- execute new functions. Each source takes that back for what it makes: by name in public, and by this in private,
-- which every migration calls at its end.
-- Row security policies run as the reader, so the one helper that they call stays executable.
create procedure private.close()
language plpgsql
set search_path = ''
as $$
begin
  revoke all on schema private from public, anon, authenticated, service_role, ourvidz_edge;
  revoke all on all tables in schema private from public, anon, authenticated, service_role, ourvidz_edge;
  revoke all on all sequences in schema private from public, anon, authenticated, service_role, ourvidz_edge;
  revoke all on all routines in schema private from public, anon, authenticated, service_role, ourvidz_edge;
  grant execute on function private.caller_id to authenticated;
end
$$;
