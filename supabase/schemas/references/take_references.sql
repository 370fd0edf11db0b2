-- Takes the references of an order, or refuses it. `p_seen` has, at the place of each, what the edge saw there; of
-- those that nobody has seen yet it says so, and the edge looks and asks again. Null: the edge cannot look.
--
-- What lies there without a row came without a link of ours. It may be ordered, but never as a character: nobody has
-- agreed to anything. As nothing is known of it, it is looked at each time.
create function private.take_references(p_user_id uuid, p_references jsonb, p_seen jsonb) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_reference record;
  v_upload private.reference_uploads;
  v_seen jsonb;
  v_expected text;
  v_unseen bigint[] := '{}';
begin
  for v_reference in
    select given.place - 1 as place, given.value ->> 'bucket' as bucket, given.value ->> 'key' as key,
      given.value ->> 'type' as type
    from jsonb_array_elements(p_references) with ordinality as given (value, place)
  loop
    select * into v_upload from private.reference_uploads
    where v_reference.bucket = 'reference_images' and key = v_reference.key and user_id = p_user_id
    for no key update;
    v_seen := nullif(p_seen -> v_reference.place::integer, 'null');
    v_expected := private.expected_reference(
      p_bucket => v_reference.bucket, p_key => v_reference.key, p_type => v_reference.type, p_upload => v_upload,
      p_seen => v_seen
    );
    if v_expected is not null then
      perform private.refuse(p_status => 400, p_code => 'invalid_request', p_details => jsonb_build_object(
        'field', format('metadata.references[%s]', v_reference.place), 'expected', v_expected
      ));
    end if;
    if p_seen is not null and v_upload.width is null and v_seen is null then
      v_unseen := v_unseen || v_reference.place;
    elsif v_upload.key is not null then
      perform private.use_reference(v_upload, v_seen);
    end if;
  end loop;
  if v_unseen <> '{}' then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('unseen', v_unseen)
    );
  end if;
end
$$;
