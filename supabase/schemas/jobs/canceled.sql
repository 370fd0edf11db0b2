-- The answer to a cancel, the first time and each time after.
create function private.canceled(p_job public.jobs) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  v_bill record;
begin
  select * into v_bill from private.bill_of(p_job);
  return jsonb_build_object(
    'status', p_job.status,
    'cancel_requested', p_job.cancel_requested and p_job.status = 'processing',
    'cancel_cost', v_bill.cancel_cost,
    'charged', p_job.charged,
    'released', p_job.released
  );
end
$$;
