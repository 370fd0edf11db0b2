-- What the canceled assets of a job have to pay together, given what became of all that are settled with them.
create function private.share_of_canceled(p_job public.jobs, p_statuses text[]) returns bigint
language sql stable
as $$
  select private.cancel_cost(
    p_total => paid.delivered + p_job.price_each * paid.canceled, p_delivered => paid.delivered,
    p_progress => coalesce(p_job.progress_at_cancel, 0::smallint)
  ) - paid.delivered
  from (
    select
      coalesce((select sum(hold.charged) from private.credit_holds as hold where hold.job_id = p_job.id), 0)::bigint
        + p_job.price_each * count(*) filter (where status = 'completed') as delivered,
      count(*) filter (where status = 'canceled') as canceled
    from unnest(p_statuses) as status
  ) as paid
$$;
