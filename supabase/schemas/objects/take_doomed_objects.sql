-- Objects that are due for deletion. Each is handed out again after a while, longer each time, until a pass
-- reports it gone; deleting what is gone already is no error.
create function private.take_doomed_objects(p_limit integer) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  c_try_again constant interval := interval '5 minutes';
  c_most_tries constant integer := 12;
  v_objects jsonb;
begin
  with taken as (
    update private.doomed_objects as doomed
    set tries = doomed.tries + 1, due_at = now() + c_try_again * least(doomed.tries + 1, c_most_tries)
    from (
      select bucket, key from private.doomed_objects
      where due_at <= now() order by due_at limit p_limit
      for update skip locked
    ) as due
    where doomed.bucket = due.bucket and doomed.key = due.key
    returning doomed.bucket, doomed.key
  )
  select jsonb_agg(jsonb_build_object('bucket', taken.bucket, 'key', taken.key)) into v_objects from taken;
  return coalesce(v_objects, '[]');
end
$$;
