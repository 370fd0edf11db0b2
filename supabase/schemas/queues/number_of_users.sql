-- About how many users wait in a queue. Their ids are random, so that the distance of a few from zero tells how close
-- together they lie.
create function private.number_of_users(p_queue text) returns double precision
language plpgsql stable
set search_path = ''
as $$
declare
  -- Off by a quarter at most, two times out of three.
  c_users constant integer := 16;
  v_users uuid[] := private.waiting_users(
    p_queue => p_queue, p_from => '00000000-0000-0000-0000-000000000000', p_limit => c_users
  );
begin
  if cardinality(v_users) < c_users then
    return greatest(cardinality(v_users), 1);
  end if;
  return greatest(
    c_users, (c_users - 1) * 2.0 ^ 32 / greatest(('x' || left(v_users[c_users]::text, 8))::bit(32)::bigint, 1)
  );
end
$$;
