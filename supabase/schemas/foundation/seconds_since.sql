-- Null stays null, for what never happened.
create function private.seconds_since(p_at timestamptz) returns bigint
language sql stable
as $$
  select case when p_at is not null then greatest(extract(epoch from now() - p_at), 0)::bigint end
$$;
