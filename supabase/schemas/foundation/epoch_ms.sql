create function private.epoch_ms(p_at timestamptz) returns bigint
language sql stable
as $$
  select (pg_catalog.date_part('epoch', p_at) * 1000)::bigint
$$;
