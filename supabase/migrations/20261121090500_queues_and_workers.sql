-- The private side of a job: what a worker is given, its lease, its keys, its hint, and the workers themselves.

create table private.job_payloads (
  job_id uuid primary key references public.jobs (id) on delete cascade,
  payload jsonb not null
);
comment on table private.job_payloads is 'What workers get, without attempt, token and keys. Gone when the job ends.';

-- One row while a worker has the job. Apart from `jobs` and narrow, because heartbeats come every few
-- seconds: in half-empty pages and with no index on what they change they stay heap-only updates, they do
-- not touch `jobs.version`, and they wake nobody who listens to `jobs`.
create table private.leases (
  job_id uuid primary key references public.jobs (id) on delete cascade,
  lease_id uuid not null,
  attempt integer not null,
  -- Null for workers that do not say who they are.
  worker_id text,
  claimed_at timestamptz not null default now(),
  until timestamptz not null,
  progress smallint not null default 0 check (progress between 0 and 100),
  -- When the newest `progress` event was written.
  told_at timestamptz not null default '-infinity'
) with (fillfactor = 50);

-- Where each file of each attempt goes, so that what a lost attempt left behind can be found and deleted.
create table private.attempt_keys (
  job_id uuid not null references public.jobs (id) on delete cascade,
  attempt integer not null,
  index smallint not null,
  role text not null check (role in ('image', 'video', 'thumbnail', 'poster')),
  bucket text not null,
  key text not null,
  recorded_at timestamptz not null default now(),
  primary key (job_id, attempt, index, role)
);
create index attempt_keys_age on private.attempt_keys using brin (recorded_at);

-- Exactly the queued jobs: whether and when their hint was pushed onto its list.
create table private.outbox (
  job_id uuid primary key references public.jobs (id) on delete cascade,
  queue text not null check (queue in ('sdxl_queue', 'wan_queue')),
  attempt integer not null,
  -- For the expected time.
  job_type text not null,
  num_assets smallint not null,
  written_at timestamptz not null default now(),
  -- Whether the request that wrote it pushes it itself; then the sweep gives it time to say so.
  pushed_by_writer boolean not null,
  pushed_at timestamptz,
  pushes integer not null default 0
);
create index outbox_unpushed on private.outbox (queue, written_at) where pushed_at is null;
create index outbox_pushed on private.outbox (queue, pushed_at) where pushed_at is not null;

create table private.settlements (
  job_id uuid not null references public.jobs (id) on delete cascade,
  attempt integer not null,
  digest text not null,
  reply jsonb not null,
  created_at timestamptz not null default now(),
  primary key (job_id, attempt, digest)
);
create index settlements_age on private.settlements using brin (created_at);
comment on table private.settlements is 'Settled reports and their answers, so that a repeat gets the same.';

create table private.job_errors (
  id bigint generated always as identity primary key,
  job_id uuid not null references public.jobs (id) on delete cascade,
  attempt integer not null,
  worker_id text,
  error_code text,
  worker_error text,
  created_at timestamptz not null default now()
);
create index job_errors_of_job on private.job_errors (job_id, id);
create index job_errors_age on private.job_errors using brin (created_at);
comment on table private.job_errors is 'What workers said when attempts failed: for operators, never for users.';

-- Objects that no row needs. They are deleted only after uploads that were allowed before can no longer
-- arrive: an upload link is valid for ten minutes.
create table private.doomed_objects (
  bucket text not null,
  key text not null,
  due_at timestamptz not null default now() + interval '11 minutes',
  tries integer not null default 0,
  primary key (bucket, key)
);
create index doomed_objects_due on private.doomed_objects (due_at);

create table private.workers (
  worker_id text primary key check (length(worker_id) between 1 and 200),
  -- The queues that it asks for jobs: one machine may serve both.
  queues text[] not null check (queues <@ array['sdxl_queue', 'wan_queue'] and cardinality(queues) > 0),
  models text[] not null default '{}',
  state text not null default 'idle' check (state in ('idle', 'busy')),
  current_job uuid,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  -- Attempts lost since the last one that it finished.
  losses integer not null default 0,
  paused boolean not null default false,
  paused_reason text
) with (fillfactor = 50);

create table private.queue_settings (
  queue text primary key check (queue in ('sdxl_queue', 'wan_queue')),
  paused boolean not null default false,
  -- Served by workers that pop hints without claiming jobs: hints are pushed again only after a long time.
  legacy boolean not null default false,
  updated_at timestamptz not null default now()
);
insert into private.queue_settings (queue) values ('sdxl_queue'), ('wan_queue');

create table private.generation_times (
  id bigint generated always as identity primary key,
  job_type text not null,
  num_assets smallint not null,
  milliseconds bigint not null check (milliseconds >= 0),
  created_at timestamptz not null default now()
);
create index generation_times_age on private.generation_times using brin (created_at);
create index generation_times_newest on private.generation_times (job_type, num_assets, id desc);

-- How long a job is expected to take: measured once for a start (SDXL for a batch of six), then the sweep
-- keeps it at the median of the newest real times.
create table private.expected_times (
  job_type text not null,
  num_assets smallint not null,
  milliseconds bigint not null check (milliseconds > 0),
  primary key (job_type, num_assets)
);
insert into private.expected_times (job_type, num_assets, milliseconds)
select job_type, num_assets, whole * num_assets / 6
from (values ('sdxl_image_fast', 29900), ('sdxl_image_high', 42400)) as sdxl (job_type, whole)
cross join (values (1), (3), (6)) as batch (num_assets)
union all
values
  ('image_fast', 1, 73000), ('image_high', 1, 90000),
  ('video_fast', 1, 251500), ('video_high', 1, 359700),
  ('image7b_fast_enhanced', 1, 87000), ('image7b_high_enhanced', 1, 104000),
  ('video7b_fast_enhanced', 1, 263900), ('video7b_high_enhanced', 1, 370000);

create table private.sweep_state (
  only_row boolean primary key default true check (only_row),
  last_pass_at timestamptz,
  -- When the lists were last found empty after a restart of Redis: whatever was pushed earlier is gone.
  lists_lost_at timestamptz not null default '-infinity',
  pruned_at timestamptz not null default '-infinity'
);
insert into private.sweep_state default values;

-- For users: whether anybody works, without names of machines.
create view public.workers as
  select queues, models, state, paused, last_seen_at from private.workers;

alter table private.job_payloads enable row level security;
alter table private.leases enable row level security;
alter table private.attempt_keys enable row level security;
alter table private.outbox enable row level security;
alter table private.settlements enable row level security;
alter table private.job_errors enable row level security;
alter table private.doomed_objects enable row level security;
alter table private.workers enable row level security;
alter table private.queue_settings enable row level security;
alter table private.generation_times enable row level security;
alter table private.expected_times enable row level security;
alter table private.sweep_state enable row level security;

-- Notes that a queued job needs a hint for its attempt.
create function private.put_in_outbox(p_job public.jobs, p_pushed_by_writer boolean) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.outbox (job_id, queue, attempt, job_type, num_assets, pushed_by_writer)
  values (p_job.id, p_job.queue, p_job.attempt, p_job.job_type, p_job.num_assets, p_pushed_by_writer)
  on conflict (job_id) do update
    set attempt = excluded.attempt, pushed_by_writer = excluded.pushed_by_writer,
        written_at = now(), pushed_at = null, pushes = 0;
end
$$;

-- Where the files of an attempt go; the same as `asset_key` in the edge, compared by a test.
create function private.keys_of_attempt(p_job public.jobs)
returns table (index smallint, role text, key text)
language plpgsql stable
set search_path = ''
as $$
declare
  v_stem text := p_job.user_id || case when p_job.queue = 'sdxl_queue' then '/sdxl_' else '/' end
    || p_job.id || '_' || p_job.attempt || '_';
begin
  if p_job.format = 'video' then
    return query values
      (0::smallint, 'video', v_stem || '0.mp4'),
      (0::smallint, 'poster', v_stem || '0_poster.jpg');
  else
    return query
      select place::smallint, file.role, v_stem || place || file.ending
      from generate_series(0, p_job.num_assets - 1) as place
      cross join (values ('image', '.png'), ('thumbnail', '_thumb.jpg')) as file (role, ending);
  end if;
end
$$;

-- Dooms the recorded files of a job's attempts before the given one, except those that a row shows.
create function private.doom_keys(p_job_id uuid, p_before_attempt integer) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.doomed_objects (bucket, key)
  select recorded.bucket, recorded.key
  from private.attempt_keys as recorded
  where recorded.job_id = p_job_id
    and recorded.attempt < p_before_attempt
    and not exists (
      select from public.images as image
      where image.job_id = p_job_id and recorded.key in (image.image_url, image.thumbnail_url)
    )
    and not exists (
      select from public.videos as video
      where video.job_id = p_job_id and recorded.key in (video.video_url, video.thumbnail_url)
    )
  on conflict do nothing;
end
$$;

revoke all on table public.workers from public, anon, authenticated, service_role;
grant select on public.workers to authenticated;
call private.close();
