create function private.note_callback(p_outcome text) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.measurements (metric, label, amount) values ('callbacks', p_outcome, 1);
end
$$;
