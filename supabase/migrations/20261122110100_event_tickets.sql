-- Tickets for event streams. A browser's own EventSource cannot send a header, so a page trades its token for a
-- ticket that goes into the address: good for a minute and for one stream, so that an address in somebody's log
-- is worth nothing.

create table private.event_tickets (
  -- Only the digest is kept: who reads this table cannot open a stream.
  digest text primary key check (digest ~ '^[0-9a-f]{64}$'),
  user_id uuid not null references public.profiles (id),
  expires_at timestamptz not null,
  -- When the token ends that was traded for it, and so the stream.
  ends_at timestamptz not null,
  -- The one stream that has it.
  stream_id uuid
);
create index event_tickets_of_user on private.event_tickets (user_id);
create index event_tickets_ended on private.event_tickets (ends_at);
alter table private.event_tickets enable row level security;

create function public.issue_event_ticket(
  p_user_id uuid, p_digest text, p_seconds integer, p_ends_at_s bigint, p_most integer
) returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  c_tidied constant integer := 100;
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  -- Each new one clears old ones away, of whomever.
  delete from private.event_tickets where digest in (
    select digest from private.event_tickets
    where ends_at < now() or (stream_id is null and expires_at < now())
    order by ends_at limit c_tidied
    for update skip locked
  );
  if (
    select count(*) from private.event_tickets
    where user_id = p_user_id and stream_id is null and expires_at > now()
  ) >= p_most then
    perform private.refuse(429, 'rate_limited', jsonb_build_object('limit', p_most, 'retryAfterSeconds', p_seconds));
  end if;
  insert into private.event_tickets (digest, user_id, expires_at, ends_at)
  values (p_digest, p_user_id, now() + private.seconds(p_seconds), to_timestamp(p_ends_at_s));
end
$$;

-- Reads events for the stream that holds a ticket. The first read makes it that stream's; every other stream is
-- refused as if the ticket had never been.
create function public.events_of_ticket(
  p_digest text, p_stream_id uuid, p_after bigint, p_limit integer, p_job_id uuid default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_ticket private.event_tickets;
begin
  perform private.require_edge();
  select * into v_ticket from private.event_tickets
  where digest = p_digest and stream_id = p_stream_id and ends_at > now();
  if not found then
    update private.event_tickets set stream_id = p_stream_id
    where digest = p_digest and stream_id is null and expires_at > now() and ends_at > now()
    returning * into v_ticket;
    if not found then
      perform private.refuse(401, 'unauthorized', '{"reason": "ticket_invalid"}');
    end if;
    if p_job_id is not null
      and not exists (select from public.jobs where id = p_job_id and user_id = v_ticket.user_id) then
      perform private.refuse(404, 'not_found', '{"field": "id"}');
    end if;
  end if;
  return jsonb_build_object(
    'user_id', v_ticket.user_id,
    'ends_at_s', extract(epoch from v_ticket.ends_at)::bigint,
    'events', private.events_after(v_ticket.user_id, p_after, p_limit, p_job_id)
  );
end
$$;

-- What a user's own read and a ticket's have in common.
create function private.events_after(
  p_user_id uuid, p_after bigint, p_limit integer, p_job_id uuid
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  v_events jsonb;
begin
  if p_job_id is null then
    select jsonb_agg(event.view order by event.position) into v_events
    from (
      select position, jsonb_build_object(
        'cursor', position, 'job_id', job_id, 'seq', seq, 'kind', kind, 'data', data,
        'created_at', private.rfc3339(created_at)
      ) as view
      from public.job_events
      where user_id = p_user_id and position > p_after
      order by position limit private.page_size(p_limit)
    ) as event;
  else
    select jsonb_agg(event.view order by event.seq) into v_events
    from (
      select seq, jsonb_build_object(
        'cursor', seq, 'job_id', job_id, 'seq', seq, 'kind', kind, 'data', data,
        'created_at', private.rfc3339(created_at)
      ) as view
      from public.job_events
      where job_id = p_job_id and user_id = p_user_id and seq > p_after
      order by seq limit private.page_size(p_limit)
    ) as event;
  end if;
  return coalesce(v_events, '[]');
end
$$;

create or replace function public.my_events(p_after bigint, p_limit integer, p_job_id uuid default null) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return private.events_after(private.require_user(), p_after, p_limit, p_job_id);
end
$$;

revoke all on function public.issue_event_ticket, public.events_of_ticket, public.my_events
  from public, anon, authenticated, service_role;
grant execute on function public.issue_event_ticket, public.events_of_ticket to ourvidz_edge;
grant execute on function public.my_events to authenticated;
call private.close();
