-- Objects that are due for deletion. Each is handed out again after a while, longer each time, until a pass
-- reports it gone; deleting what is gone already is no error.
create function private.due_deletions(p_limit integer) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  c_try_again constant interval := interval '5 minutes';
  c_most_tries constant integer := 12;
  v_objects jsonb;
begin
  with taken as (
    update private.object_deletions as deletion
    set tries = deletion.tries + 1, due_at = now() + c_try_again * least(deletion.tries + 1, c_most_tries)
    from (
      select bucket, key from private.object_deletions
      where due_at <= now() order by due_at limit p_limit
      for update skip locked
    ) as due
    where deletion.bucket = due.bucket and deletion.key = due.key
    returning deletion.bucket, deletion.key
  )
  select jsonb_agg(jsonb_build_object('bucket', taken.bucket, 'key', taken.key)) into v_objects from taken;
  return coalesce(v_objects, '[]');
end
$$;
