-- Telling users' own servers what became of their jobs.
--
-- A delivery is written by the transaction that ends its job (`finish_jobs`), so none is forgotten, and sent by
-- the edge, so no receiver can hold up a job. Whoever sends takes deliveries for a while first: two that send at
-- once take different ones, and what a crash left behind is due again when that while is over. So a message goes
-- out at least once, and its id, which is the delivery's, tells the receiver of a repeat.

alter table public.webhook_deliveries
  -- Tries since it was written or last sent anew by its owner; `attempts` counts all of them.
  add column step smallint not null default 0 check (step >= 0),
  add column last_attempt_at timestamptz,
  -- Who sends it; while somebody does, `next_attempt_at` is when it may be taken away from them.
  add column lease_id uuid;
create index webhook_deliveries_of_user_by_status
  on public.webhook_deliveries (user_id, status, created_at desc, id desc);

-- What a user's deliveries are signed with. The newest is the user's secret; those before it go on signing
-- beside it for a day, so that receivers can be changed over one by one.
create table private.webhook_secrets (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.profiles (id),
  secret text not null check (secret ~ '^whsec_[A-Za-z0-9+/]+=*$'),
  created_at timestamptz not null default now(),
  retired_at timestamptz
);
create unique index webhook_secret_of_user on private.webhook_secrets (user_id) where retired_at is null;
create index webhook_secrets_retired on private.webhook_secrets (user_id, retired_at desc) where retired_at is not null;
comment on table private.webhook_secrets is 'Shown to their owner and to the edge, which signs with them; never logged.';

-- Receivers that answered 410: they want nothing more.
create table private.webhook_disabled (
  user_id uuid not null references public.profiles (id),
  url text not null,
  disabled_at timestamptz not null default now(),
  primary key (user_id, url)
);

alter table private.webhook_secrets enable row level security;
alter table private.webhook_disabled enable row level security;

-- 32 bytes out of 366 random bits; UUIDs come from the system's strong randomness.
create function private.fresh_webhook_secret() returns text
language sql volatile
as $$
  select 'whsec_' || encode(
    sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'
  )
$$;

create function private.webhook_overlap() returns interval
language sql immutable
as $$
  select interval '24 hours'
$$;

-- Makes a secret for each of these users who has none, in one order, so that two at once wait for each other only
-- one way.
create function private.open_webhook_secrets(p_user_ids uuid[]) returns void
language sql volatile
as $$
  insert into private.webhook_secrets (user_id, secret)
  select wanted.user_id, private.fresh_webhook_secret()
  from (select distinct unnest(p_user_ids) as user_id) as wanted
  where not exists (
    select from private.webhook_secrets as known where known.user_id = wanted.user_id and known.retired_at is null
  )
  order by wanted.user_id
  on conflict do nothing
$$;

-- What signs a user's messages now, the newest first.
create function private.webhook_secrets_of(p_user_id uuid) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_agg(secret order by id desc), '[]')
  from private.webhook_secrets
  where user_id = p_user_id and (retired_at is null or retired_at > now() - private.webhook_overlap())
$$;

create function public.webhook_secret(p_user_id uuid, p_rotate boolean) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  -- Together with the present one, fewer than the signatures that receivers look at.
  c_most_retired constant integer := 4;
  v_is_new boolean;
  v_current private.webhook_secrets;
  v_reply jsonb;
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  if p_rotate then
    -- One at a time: the second waits here, and retires what the first has made.
    perform from public.profiles where id = p_user_id for no key update;
  end if;
  v_is_new := not exists (select from private.webhook_secrets where user_id = p_user_id and retired_at is null);
  perform private.open_webhook_secrets(array[p_user_id]);
  -- What nobody has seen needs no successor.
  if p_rotate and not v_is_new then
    update private.webhook_secrets set retired_at = clock_timestamp() where user_id = p_user_id and retired_at is null;
    insert into private.webhook_secrets (user_id, secret) values (p_user_id, private.fresh_webhook_secret());
    delete from private.webhook_secrets where id in (
      select id from private.webhook_secrets
      where user_id = p_user_id and retired_at is not null
      order by retired_at desc, id desc offset c_most_retired
    ) or (user_id = p_user_id and retired_at < now() - private.webhook_overlap());
  end if;
  select * into strict v_current from private.webhook_secrets where user_id = p_user_id and retired_at is null;
  select jsonb_build_object(
    'secret', v_current.secret,
    'created_at', private.rfc3339(v_current.created_at),
    'previous_until', private.rfc3339(max(retired_at) + private.webhook_overlap())
  )
  into v_reply
  from private.webhook_secrets
  where user_id = p_user_id and retired_at > now() - private.webhook_overlap();
  return v_reply;
end
$$;

-- What a message tells of its job: no prompt, for bodies end up in receivers' logs.
create function private.webhook_job(p_job public.jobs) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_job.id,
    'status', p_job.status,
    'job_type', p_job.job_type,
    'project_id', p_job.project_id,
    'retry_of', p_job.retry_of,
    'error_code', p_job.error_code,
    'error_message', p_job.error_message,
    'credits_charged', (select coalesce(sum(charged), 0) from private.credit_holds where job_id = p_job.id),
    'created_at', private.rfc3339(p_job.created_at),
    'completed_at', private.rfc3339(p_job.completed_at),
    'assets', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', asset.id, 'kind', p_job.format, 'image_index', asset.image_index, 'status', asset.status,
        'url', asset.url, 'thumbnail_url', asset.thumbnail_url
      ) order by asset.image_index), '[]')
      from (
        select id, image_index, status, image_url as url, thumbnail_url from public.images where job_id = p_job.id
        union all
        select id, 0, status, video_url, thumbnail_url from public.videos where job_id = p_job.id
      ) as asset
    )
  )
$$;

-- Deliveries that are due, users in turn, so that one with a thousand of them does not keep the others waiting;
-- those of the job that is asked for go first.
create function private.due_webhooks(p_limit integer, p_job_id uuid) returns uuid[]
language sql stable
as $$
  select array(
    select ranked.id
    from (
      select
        due.id, due.next_attempt_at, due.job_id is not distinct from p_job_id as is_asked_for,
        row_number() over (partition by due.user_id order by due.next_attempt_at, due.id) as turn
      from (
        select id, user_id, job_id, next_attempt_at from public.webhook_deliveries
        where job_id = p_job_id and status = 'pending' and next_attempt_at <= now()
        union
        (
          select id, user_id, job_id, next_attempt_at from public.webhook_deliveries
          where status = 'pending' and next_attempt_at <= now()
          order by next_attempt_at limit 1000
        )
      ) as due
    ) as ranked
    order by ranked.is_asked_for desc, ranked.turn, ranked.next_attempt_at, ranked.id
    limit p_limit
  )
$$;

-- Takes deliveries to send them. A try is counted here, before it is made: one that nobody reports back is a try
-- that failed.
create function public.take_webhooks(
  p_lease_id uuid, p_limit integer, p_lease_seconds integer, p_max_tries integer, p_job_id uuid default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  -- Others may take some of them at the same moment.
  c_spare constant integer := 8;
  v_ids uuid[];
  v_users uuid[];
begin
  perform private.require_edge();
  v_ids := private.due_webhooks(p_limit * c_spare, p_job_id);
  if cardinality(v_ids) = 0 then
    return '[]';
  end if;

  update public.webhook_deliveries as delivery
  set status = 'failed',
      lease_id = null,
      last_error = case when hopeless.disabled then 'disabled' else coalesce(delivery.last_error, 'lost') end
  from (
    select due.id, gone.url is not null as disabled
    from public.webhook_deliveries as due
    left join private.webhook_disabled as gone on gone.user_id = due.user_id and gone.url = due.url
    where due.id = any (v_ids) and due.status = 'pending' and due.next_attempt_at <= now()
      and (gone.url is not null or due.step >= p_max_tries)
    for no key update of due skip locked
  ) as hopeless
  where delivery.id = hopeless.id;

  with taken as (
    update public.webhook_deliveries as delivery
    set lease_id = p_lease_id,
        next_attempt_at = clock_timestamp() + private.seconds(p_lease_seconds),
        last_attempt_at = clock_timestamp(),
        attempts = delivery.attempts + 1,
        step = delivery.step + 1
    from (
      select due.id
      from unnest(v_ids) with ordinality as chosen (id, place)
      join public.webhook_deliveries as due on due.id = chosen.id
      where due.status = 'pending' and due.next_attempt_at <= now()
      order by chosen.place
      limit p_limit
      for no key update of due skip locked
    ) as due
    where delivery.id = due.id
    returning delivery.id, delivery.user_id
  )
  select array_agg(taken.id), array_agg(taken.user_id) into v_ids, v_users from taken;
  if v_ids is null then
    return '[]';
  end if;

  perform private.open_webhook_secrets(v_users);
  return (
    select jsonb_agg(jsonb_build_object(
      'id', delivery.id,
      'url', delivery.url,
      'event', delivery.event,
      'tries', delivery.step,
      'secrets', private.webhook_secrets_of(delivery.user_id),
      'created_at', private.rfc3339(delivery.created_at),
      'job', private.webhook_job(job)
    ) order by delivery.created_at, delivery.id)
    from public.webhook_deliveries as delivery
    join public.jobs as job on job.id = delivery.job_id
    where delivery.id = any (v_ids)
  );
end
$$;

-- What became of what was taken. Whoever was too slow has lost it to somebody else, and changes nothing; only a
-- receiver's yes counts whoever brings it.
create function public.record_webhooks(p_lease_id uuid, p_results jsonb) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  update public.webhook_deliveries as delivery
  set status = case result.outcome when 'delivered' then 'delivered' when 'retry' then 'pending' else 'failed' end,
      lease_id = null,
      next_attempt_at = clock_timestamp() + private.seconds(coalesce(result.wait_seconds, 0)),
      last_status = result.status,
      last_error = result.error,
      delivered_at = case result.outcome when 'delivered' then clock_timestamp() end
  from jsonb_to_recordset(p_results) as result (id uuid, outcome text, status integer, error text, wait_seconds bigint)
  where delivery.id = result.id and delivery.status = 'pending'
    and (delivery.lease_id = p_lease_id or result.outcome = 'delivered');

  insert into private.webhook_disabled (user_id, url)
  select distinct delivery.user_id, delivery.url
  from jsonb_to_recordset(p_results) as result (id uuid, outcome text)
  join public.webhook_deliveries as delivery on delivery.id = result.id
  where result.outcome = 'gone'
  on conflict do nothing;
end
$$;

create function private.webhook_delivery_view(p_delivery public.webhook_deliveries) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_delivery.id,
    'job_id', p_delivery.job_id,
    'event', p_delivery.event,
    'url', p_delivery.url,
    'status', p_delivery.status,
    'attempts', p_delivery.attempts,
    'next_attempt_at', case p_delivery.status when 'pending' then private.rfc3339(p_delivery.next_attempt_at) end,
    'last_attempt_at', private.rfc3339(p_delivery.last_attempt_at),
    'last_status', p_delivery.last_status,
    'last_error', p_delivery.last_error,
    'created_at', private.rfc3339(p_delivery.created_at),
    'delivered_at', private.rfc3339(p_delivery.delivered_at)
  )
$$;

create function public.my_webhook_deliveries(
  p_limit integer, p_status text default null, p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_deliveries jsonb;
begin
  if p_status is null then
    select jsonb_agg(private.webhook_delivery_view(page) order by page.created_at desc, page.id desc)
    into v_deliveries
    from (
      select * from public.webhook_deliveries
      where user_id = v_user_id
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
      order by created_at desc, id desc limit private.page_size(p_limit)
    ) as page;
  else
    select jsonb_agg(private.webhook_delivery_view(page) order by page.created_at desc, page.id desc)
    into v_deliveries
    from (
      select * from public.webhook_deliveries
      where user_id = v_user_id and status = p_status
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
      order by created_at desc, id desc limit private.page_size(p_limit)
    ) as page;
  end if;
  return coalesce(v_deliveries, '[]');
end
$$;

-- Sends a delivery anew, from the first step, and lets its receiver be called again if it had asked not to be. Not
-- sooner than a pause after the last try: this is no way to knock at somebody's door without end.
create function public.redrive_webhook(p_user_id uuid, p_delivery_id uuid) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  c_pause constant interval := interval '10 seconds';
  v_delivery public.webhook_deliveries;
begin
  perform private.require_edge();
  update public.webhook_deliveries
  set status = 'pending',
      step = 0,
      delivered_at = null,
      -- While somebody sends it, it stays theirs.
      next_attempt_at = greatest(
        now(), last_attempt_at + c_pause, case when lease_id is not null then next_attempt_at end
      )
  where id = p_delivery_id and user_id = p_user_id
  returning * into v_delivery;
  if not found then
    perform private.refuse(404, 'not_found', '{"field": "id"}');
  end if;
  delete from private.webhook_disabled where user_id = p_user_id and url = v_delivery.url;
  return private.webhook_delivery_view(v_delivery);
end
$$;

-- Whether somebody wants to hear of the job's end is all that the edge has to know to send the news at once.
create or replace function private.job_row(p_job public.jobs) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_job.id,
    'user_id', p_job.user_id,
    'job_type', p_job.job_type,
    'status', p_job.status,
    'attempt', p_job.attempt,
    'version', p_job.version,
    'progress', p_job.progress,
    'num_assets', p_job.num_assets,
    'cancel_requested', p_job.cancel_requested,
    'metadata', p_job.metadata,
    'created_at', private.rfc3339(p_job.created_at),
    'webhook', p_job.webhook_url is not null
  )
$$;

revoke all on function public.webhook_secret, public.take_webhooks, public.record_webhooks,
  public.my_webhook_deliveries, public.redrive_webhook from public, anon, authenticated, service_role;
grant execute on function public.webhook_secret, public.take_webhooks, public.record_webhooks, public.redrive_webhook
  to ourvidz_edge;
grant execute on function public.my_webhook_deliveries to authenticated;
call private.close();
