-- What every later file stands on: the schemas, the edge's role, who is calling, and how to refuse.
--
-- The API's roles (anon, authenticated, service_role, authenticator) and `auth.users` belong to the platform
-- and are not made here. Nothing below depends on a superuser, on extensions, or on default privileges.

create schema if not exists private;
comment on schema private is 'Not exposed: payloads, leases, the ledger, and helpers of the functions in public.';

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

-- First statement of every function that writes for the edge. The grants say the same; this holds even if
-- a grant slips in, or if a plan made for the edge's role is run again under another one.
create function private.require_edge() returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if private.caller_role() <> 'ourvidz_edge' then
    raise insufficient_privilege using message = 'forbidden', hint = 'forbidden';
  end if;
end
$$;

-- First statement of every function that a user calls with their own token.
create function private.require_user() returns uuid
language plpgsql stable
set search_path = ''
as $$
declare
  v_user_id uuid := private.caller_id();
begin
  if private.caller_role() <> 'authenticated' or v_user_id is null then
    raise insufficient_privilege using message = 'forbidden', hint = 'forbidden';
  end if;
  return v_user_id;
end
$$;

-- Ends the transaction with an HTTP status of its own: PostgREST turns SQLSTATE PT4xx into that status. The
-- hint is the API's error code, the detail its `details`; neither ever carries what the caller sent.
create function private.refuse(p_status integer, p_code text, p_details jsonb default '{}') returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT' || p_status,
    message = p_code,
    hint = p_code,
    detail = p_details::text;
end
$$;

-- Microseconds are kept, because pages continue behind exactly this value.
create function private.rfc3339(p_at timestamptz) returns text
language sql stable
as $$
  select pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

create function private.epoch_ms(p_at timestamptz) returns bigint
language sql immutable
as $$
  select (pg_catalog.date_part('epoch', p_at) * 1000)::bigint
$$;

create function private.seconds(p_seconds bigint) returns interval
language sql immutable
as $$
  select p_seconds * interval '1 second'
$$;

create function private.milliseconds(p_milliseconds bigint) returns interval
language sql immutable
as $$
  select p_milliseconds * interval '1 millisecond'
$$;

-- Supabase grants new objects in public to anon, authenticated and service_role, and Postgres lets PUBLIC
-- execute new functions. Every file that follows takes that back: by name in public, and by this in private.
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

call private.close();
