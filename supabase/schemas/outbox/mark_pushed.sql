-- The edge has pushed the hint of this attempt.
create function public.mark_pushed(p_job_id uuid, p_attempt integer) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  update private.outbox
  set pushed_at = clock_timestamp(), pushes = pushes + 1
  where job_id = p_job_id and attempt = p_attempt;
end
$$;

revoke all on function public.mark_pushed from public, anon, authenticated, service_role;
grant execute on function public.mark_pushed to ourvidz_edge;
