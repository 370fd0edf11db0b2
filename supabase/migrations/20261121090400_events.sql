-- What happened to each job, in an order in which a reader can miss nothing.
--
-- A number from a sequence would not do: sequences count when a transaction asks, readers see when it
-- commits, so whoever read up to 8 would miss a 7 that commits later. Here both numbers are made under the
-- row lock of the user's account, which is held until the commit: event 8 cannot exist before event 7 is
-- visible, and a number whose transaction failed is given out again.

create table public.job_events (
  user_id uuid not null references public.profiles (id),
  -- Place in the user's stream.
  position bigint not null,
  job_id uuid not null references public.jobs (id) on delete cascade,
  -- Place in the job's stream, from 1.
  seq integer not null check (seq >= 1),
  kind text not null check (kind in (
    'queued', 'processing', 'progress', 'asset', 'completed', 'failed', 'canceled', 'requeued'
  )),
  data jsonb not null default '{}' check (jsonb_typeof(data) = 'object'),
  created_at timestamptz not null default now(),
  primary key (user_id, position),
  unique (job_id, seq)
);
-- Rows arrive in the order of time, so a block-range index finds what to prune at next to no cost.
create index job_events_age on public.job_events using brin (created_at);

-- Adds events, in the given order; the arrays belong together. The first statement takes the locks, so that
-- the second one sees every event that was written before.
create function private.add_events(p_users uuid[], p_jobs uuid[], p_kinds text[], p_data jsonb[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.lock_accounts(p_users);
  with
  added as (
    select * from unnest(p_users, p_jobs, p_kinds, p_data)
      with ordinality as added (user_id, job_id, kind, data, place)
  ),
  counted as (
    update private.accounts as account
    set event_seq = account.event_seq + growth.events
    from (select added.user_id, count(*) as events from added group by added.user_id) as growth
    where account.user_id = growth.user_id
    returning account.user_id, account.event_seq - growth.events as before
  )
  insert into public.job_events (user_id, position, job_id, seq, kind, data)
  select
    added.user_id,
    counted.before + row_number() over (partition by added.user_id order by added.place),
    added.job_id,
    coalesce((select max(earlier.seq) from public.job_events as earlier where earlier.job_id = added.job_id), 0)
      + row_number() over (partition by added.job_id order by added.place),
    added.kind,
    added.data
  from added
  join counted using (user_id);
end
$$;

-- The same for one event of one job.
create function private.add_event(p_user_id uuid, p_job_id uuid, p_kind text, p_data jsonb default '{}')
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.add_events(array[p_user_id], array[p_job_id], array[p_kind], array[p_data]);
end
$$;

alter table public.job_events enable row level security;
create policy own_job_events on public.job_events
  for select to authenticated using (user_id = (select private.caller_id()));
revoke all on table public.job_events from public, anon, authenticated, service_role;
grant select on public.job_events to authenticated;
call private.close();
