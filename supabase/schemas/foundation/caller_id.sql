-- The user in the token that PostgREST verified; null without one. PostgREST before 9 wrote one setting a
-- claim. Anything but a UUID counts as no user, so that a strange subject is refused and not an error.
create function private.caller_id() returns uuid
language sql stable
as $$
  select case
    when subject ~ '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'
    then subject::uuid
  end
  from (
    select coalesce(
      nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub',
      nullif(pg_catalog.current_setting('request.jwt.claim.sub', true), '')
    )
  ) as claims(subject)
$$;
