create function private.bucket_of(p_metric text, p_amount double precision) returns smallint
language sql immutable
as $$
  select count(*)::smallint from unnest(private.bucket_bounds(p_metric)) as bound where bound < p_amount
$$;
