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
      perform private.refuse(p_status => 401, p_code => 'unauthorized', p_details => '{"reason": "ticket_invalid"}');
    end if;
    if p_job_id is not null
      and not exists (select from public.jobs where id = p_job_id and user_id = v_ticket.user_id) then
      perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
    end if;
  end if;
  return jsonb_build_object(
    'user_id', v_ticket.user_id,
    'ends_at_s', extract(epoch from v_ticket.ends_at)::bigint,
    'events', private.events_after(
      p_user_id => v_ticket.user_id, p_after => p_after, p_limit => p_limit, p_job_id => p_job_id
    )
  );
end
$$;

revoke all on function public.events_of_ticket from public, anon, authenticated, service_role;
grant execute on function public.events_of_ticket to ourvidz_edge;
