-- Null stays null, for what is not waited for.
create function private.seconds_until(p_at timestamptz) returns bigint
language sql stable
as $$
  select case when p_at is not null then ceil(greatest(extract(epoch from p_at - now()), 0))::bigint end
$$;
