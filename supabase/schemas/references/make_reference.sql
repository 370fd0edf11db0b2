-- Records a reference image that a link is made for, within what its user may have: by the announced sizes, which the
-- links are signed for.
create function public.make_reference(
  p_user_id uuid, p_key text, p_type text, p_consent boolean, p_bytes bigint, p_most integer, p_most_bytes bigint
) returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  v_have bigint;
  v_bytes bigint;
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  -- One at a time, or two at once would both pass the limit.
  perform from public.profiles where id = p_user_id for no key update;
  select count(*), coalesce(sum(bytes), 0) into v_have, v_bytes
  from private.reference_uploads where user_id = p_user_id;
  if v_have >= p_most or v_bytes + p_bytes > p_most_bytes then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict',
      p_details => jsonb_build_object('field', 'references', 'limit', p_most, 'limitBytes', p_most_bytes)
    );
  end if;
  insert into private.reference_uploads (key, user_id, type, consent, bytes)
  values (p_key, p_user_id, p_type, p_consent, p_bytes);
end
$$;

revoke all on function public.make_reference from public, anon, authenticated, service_role;
grant execute on function public.make_reference to ourvidz_edge;
