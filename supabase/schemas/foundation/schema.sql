-- The API's roles (anon, authenticated, service_role, authenticator) and `auth.users` belong to the platform and are
-- not made here. Nothing depends on a superuser, on extensions, or on default privileges.
create schema if not exists private;
comment on schema private is 'Not exposed: payloads, leases, the ledger, and helpers of the functions in public.';
