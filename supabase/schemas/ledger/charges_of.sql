-- What a job is charged and given back for assets that end now: completed ones are charged, at the price held for each
-- or at a lower one where they turned out to cost less; failed ones are given back.
-- Canceled ones share what the job's cancel costs beyond what was delivered, where their worker was stopped and has not
-- failed, rounded up once.
create function private.charges_of(
  p_job public.jobs, p_statuses text[], p_price_each integer, p_charge_used boolean,
  out charged bigint, out released bigint
)
language plpgsql immutable
set search_path = ''
as $$
declare
  v_each bigint := p_job.price_each;
  v_canceled bigint := cardinality(array_positions(p_statuses, 'canceled'));
  v_delivered bigint;
begin
  charged := least(v_each, p_price_each) * cardinality(array_positions(p_statuses, 'completed'));
  if p_charge_used and v_canceled > 0 then
    v_delivered := p_job.charged + charged;
    charged := charged - v_delivered + private.cancel_cost(
      p_total => v_delivered + v_each * v_canceled, p_delivered => v_delivered,
      p_progress => coalesce(p_job.progress_at_cancel, 0::smallint)
    );
  end if;
  released := v_each * cardinality(p_statuses) - charged;
end
$$;
