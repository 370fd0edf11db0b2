-- Objects that are due for deletion. Each is handed out again after a while, longer each time, until a pass
-- reports it gone; deleting what is gone already is no error. Of so many buckets only, those that have waited longest:
-- each costs the edge a request.
create function private.due_deletions(p_limit integer, p_buckets integer) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  c_try_again constant interval := interval '5 minutes';
  c_most_tries constant integer := 12;
  v_objects jsonb;
begin
  with due as (
    select bucket, key, due_at from private.object_deletions
    where due_at <= now() and p_buckets > 0 order by due_at limit p_limit
    for update skip locked
  ), taken as (
    update private.object_deletions as deletion
    set tries = deletion.tries + 1, due_at = now() + c_try_again * least(deletion.tries + 1, c_most_tries)
    from due
    where deletion.bucket = due.bucket and deletion.key = due.key
      and due.bucket in (select bucket from due group by bucket order by min(due_at), bucket limit p_buckets)
    returning deletion.bucket, deletion.key
  )
  select jsonb_agg(jsonb_build_object('bucket', taken.bucket, 'key', taken.key)) into v_objects from taken;
  return coalesce(v_objects, '[]');
end
$$;
