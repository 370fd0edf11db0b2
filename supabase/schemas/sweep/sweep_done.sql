-- What the edge did of what a pass asked for.
create function public.sweep_done(p_pushed jsonb, p_deleted jsonb) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  -- A row that a claim has locked is about to go; waiting for it could wait in a circle.
  update private.outbox as hint
  set pushed_at = clock_timestamp(), pushes = hint.pushes + 1
  from (
    select waiting.job_id from private.outbox as waiting
    join jsonb_to_recordset(p_pushed) as pushed (job_id uuid, attempt integer)
      on pushed.job_id = waiting.job_id and pushed.attempt = waiting.attempt
    for no key update of waiting skip locked
  ) as pushed
  where hint.job_id = pushed.job_id;
  delete from private.object_deletions as deletion
  using jsonb_to_recordset(p_deleted) as deleted (bucket text, key text)
  where deletion.bucket = deleted.bucket and deletion.key = deleted.key;
end
$$;

revoke all on function public.sweep_done from public, anon, authenticated, service_role;
grant execute on function public.sweep_done to ourvidz_edge;
