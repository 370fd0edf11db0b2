-- The answer to a report that changes nothing.
create function private.unsettled(p_outcome text) returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  perform private.note_callback(p_outcome);
  return jsonb_build_object('outcome', p_outcome, 'charged', 0, 'released', 0);
end
$$;
