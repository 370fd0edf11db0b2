-- The edge signs in through PostgREST with a token of this role, and it alone may write. A role of its own,
-- because service_role bypasses row security everywhere and its key is known to many tools.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'ourvidz_edge') then
    create role ourvidz_edge nologin noinherit;
  end if;
  if not pg_catalog.pg_has_role('authenticator', 'ourvidz_edge', 'member') then
    grant ourvidz_edge to authenticator;
  end if;
end
$$;
grant usage on schema public to ourvidz_edge;
