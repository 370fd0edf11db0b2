-- Who calls, also from inside a SECURITY DEFINER body, where current_user is the owner. `role` is what
-- PostgREST's SET ROLE set; it can be set only to a role that the session may become, unlike the claims,
-- which any SQL session can write. 'none' means that nobody switched, so the session's own role counts.
create function private.caller_role() returns text
language sql stable
as $$
  select case pg_catalog.current_setting('role')
    when 'none' then session_user::text
    else pg_catalog.current_setting('role')
  end
$$;
