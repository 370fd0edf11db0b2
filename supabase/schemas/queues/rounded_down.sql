-- A count that is only about right, to its first digit: 1,234 is 1,000.
create function private.rounded_down(p_count bigint) returns integer
language sql immutable
as $$
  select (p_count / scale * scale)::integer
  from (select (10 ^ floor(log(greatest(p_count, 1))))::bigint as scale) as digits
$$;
