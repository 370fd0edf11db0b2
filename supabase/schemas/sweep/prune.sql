-- Deletes what nobody asks for any more, a bounded part a pass; true when nothing is left to delete.
create function private.prune(p_limit integer) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  c_before constant timestamptz := now() - interval '30 days';
  -- The statistics of enhancements reach back this far.
  c_before_statistics constant timestamptz := now() - interval '90 days';
  v_deleted integer;
  v_most integer := 0;
begin
  delete from public.job_events where ctid in (
    select ctid from public.job_events where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.settlements where ctid in (
    select ctid from private.settlements where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.claims where ctid in (
    select ctid from private.claims where started_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.generation_times where ctid in (
    select ctid from private.generation_times where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.job_errors where ctid in (
    select ctid from private.job_errors where created_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.prompt_enhancements where ctid in (
    select ctid from private.prompt_enhancements where created_at < c_before_statistics limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  with gone as (
    delete from private.policy_events where ctid in (
      select ctid from private.policy_events where created_at < c_before_statistics limit p_limit
    )
    returning created_at, surface
  ), counted as (
    insert into private.policy_counts as old (day, surface, refusals)
    select created_at::date, surface, count(*) from gone group by created_at::date, surface
    on conflict (day, surface) do update set refusals = old.refusals + excluded.refusals
  )
  select count(*) into v_deleted from gone;
  v_most := greatest(v_most, v_deleted);
  delete from public.webhook_deliveries where ctid in (
    select ctid from public.webhook_deliveries where created_at < c_before and status <> 'pending' limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  delete from private.queue_history where ctid in (
    select ctid from private.queue_history where at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  -- Workers that have gone for good. One that an operator, or its failures, stopped stays stopped when it comes back.
  delete from private.workers where ctid in (
    select ctid from private.workers where last_seen_at < c_before and not paused limit p_limit
  );
  get diagnostics v_deleted = row_count;
  v_most := greatest(v_most, v_deleted);
  -- References that no order has used for long, with what lies there.
  with gone as (
    delete from private.reference_uploads where ctid in (
      select ctid from private.reference_uploads where expires_at <= now() limit p_limit for update skip locked
    )
    returning key
  ), doomed as (
    insert into private.object_deletions (bucket, key) select 'reference_images', key from gone on conflict do nothing
  )
  select count(*) into v_deleted from gone;
  v_most := greatest(v_most, v_deleted);
  delete from private.deleted_assets where ctid in (
    select ctid from private.deleted_assets where deleted_at < c_before limit p_limit
  );
  get diagnostics v_deleted = row_count;
  return greatest(v_most, v_deleted) < p_limit;
end
$$;
