-- A count that is only about right, to its first digit: 1,234 is 1,000.
create function private.rounded_down(p_count bigint) returns integer
language plpgsql immutable
set search_path = ''
as $$
declare
  v_scale bigint := 10 ^ floor(log(greatest(p_count, 1)));
begin
  return p_count / v_scale * v_scale;
end
$$;
