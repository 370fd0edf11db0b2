-- 32 bytes out of 366 random bits; UUIDs come from the system's strong randomness.
create function private.fresh_webhook_secret() returns text
language sql volatile
as $$
  select 'whsec_' || encode(
    sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'
  )
$$;
