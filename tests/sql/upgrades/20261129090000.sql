-- What a deployment of this version has in its database, made by the functions of this version: an order that is done,
-- one that runs, one that waits, one that failed, and what their owner did beside.

set role ourvidz_edge;

select public.create_project(
  p_user_id => '11111111-1111-4111-8111-111111111111', p_project_id => '22222222-2222-4222-8222-222222222222',
  p_max_projects => 10, p_title => 'harbours', p_original_prompt => 'a harbour'
);

select public.enqueue_job(
  p_user_id => '11111111-1111-4111-8111-111111111111',
  p_job_id => ('33333333-3333-4333-8333-33333333333' || number)::uuid,
  p_job_type => 'sdxl_image_fast', p_prompt => 'a harbour at dawn, number ' || number, p_num_assets => 3::smallint,
  p_price_each => 1, p_metadata => '{"seed": 7}', p_payload => '{"type": "sdxl_image_fast"}',
  p_fingerprint => 'print ' || number, p_starting_credits => 100, p_max_active => 20,
  p_max_per_minute => 100, p_max_queued => 1000,
  p_project_id => '22222222-2222-4222-8222-222222222222', p_idempotency_key => 'key ' || number,
  p_webhook_url => 'https://example.com/hook'
)
from generate_series(1, 4) as number;

-- The first two and the last are claimed, in this order.
select public.claim_job(
  p_worker_id => 'worker', p_queue => 'sdxl_queue',
  p_lease_id => ('44444444-4444-4444-8444-44444444444' || number)::uuid, p_lease_seconds => 60,
  p_job_id => ('33333333-3333-4333-8333-33333333333' || number)::uuid
)
from unnest(array[1, 2, 4]) as number;

select public.settle_job(
  p_job_id => '33333333-3333-4333-8333-333333333331', p_version => 2, p_attempt => 1, p_status => 'completed',
  p_next_attempt => 1, p_metadata => '{"all_assets": ["0.png", "1.png", "2.png"]}',
  p_assets => (
    select jsonb_agg(jsonb_build_object(
      'index', place, 'status', 'completed', 'url', place || '.png', 'title', 'harbour'
    ))
    from generate_series(0, 2) as place
  ),
  p_reply => '{}', p_worker_id => 'worker', p_digest => 'digest', p_generation_ms => 4000
);

select public.settle_job(
  p_job_id => '33333333-3333-4333-8333-333333333334', p_version => 2, p_attempt => 1, p_status => 'failed',
  p_next_attempt => 1, p_metadata => '{}', p_assets => '[]', p_reply => '{}', p_worker_id => 'worker',
  p_error_code => 'generation_failed', p_error_message => 'It failed.', p_worker_error => 'out of memory'
);

select public.admin_grant_credits(
  p_actor => 'operator', p_user_id => '11111111-1111-4111-8111-111111111111', p_amount => 50, p_reason => 'thanks',
  p_request_id => 'grant 1'
);

reset role;
