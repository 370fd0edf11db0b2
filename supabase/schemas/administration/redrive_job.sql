-- Orders a failed job again at the service's cost: the grant of its price and the order are one, under a key that no
-- user can have. What is given back of it goes back to the service and not to its owner, who has paid nothing.
create function public.redrive_job(p_actor text, p_order jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_order record;
  v_key text;
  v_job public.jobs;
  v_reply jsonb;
begin
  perform private.require_edge();
  select * into v_order from jsonb_to_record(p_order) as given (
    p_user_id uuid, p_job_id uuid, p_job_type text, p_prompt text, p_num_assets smallint, p_price_each integer,
    p_metadata jsonb, p_payload jsonb, p_fingerprint text, p_starting_credits bigint, p_max_active integer,
    p_max_per_minute integer, p_max_queued integer, p_project_id uuid, p_image_id uuid, p_video_id uuid,
    p_retry_of uuid, p_seen jsonb
  );
  v_key := 'service:redrive:' || v_order.p_retry_of;
  perform private.lock_key(v_order.p_user_id, v_key);
  v_job := private.job_of_key(
    p_user_id => v_order.p_user_id, p_key => v_key, p_fingerprint => v_order.p_fingerprint
  );
  if v_job.id is not null then
    return private.enqueued(p_job => v_job, p_replayed => true, p_max_per_minute => v_order.p_max_per_minute);
  end if;

  perform public.admin_grant_credits(
    p_actor => p_actor, p_user_id => v_order.p_user_id,
    p_amount => v_order.p_price_each::bigint * v_order.p_num_assets,
    p_reason => 'an operator orders a failed job again', p_request_id => v_key
  );
  v_reply := public.enqueue_job(
    p_user_id => v_order.p_user_id, p_job_id => v_order.p_job_id, p_job_type => v_order.p_job_type,
    p_prompt => v_order.p_prompt, p_num_assets => v_order.p_num_assets, p_price_each => v_order.p_price_each,
    p_metadata => v_order.p_metadata, p_payload => v_order.p_payload, p_fingerprint => v_order.p_fingerprint,
    p_starting_credits => v_order.p_starting_credits, p_max_active => v_order.p_max_active,
    p_max_per_minute => v_order.p_max_per_minute, p_max_queued => v_order.p_max_queued,
    p_project_id => v_order.p_project_id, p_image_id => v_order.p_image_id, p_video_id => v_order.p_video_id,
    p_retry_of => v_order.p_retry_of, p_idempotency_key => v_key, p_seen => v_order.p_seen
  );
  update public.jobs set granted = true where id = v_order.p_job_id;
  return v_reply;
end
$$;

revoke all on function public.redrive_job from public, anon, authenticated, service_role;
grant execute on function public.redrive_job to ourvidz_edge;
