-- Ends the transaction with an HTTP status of its own: PostgREST turns SQLSTATE PT4xx into that status. The
-- hint is the API's error code, the detail its `details`; neither ever carries what the caller sent.
create function private.refuse(p_status integer, p_code text, p_details jsonb default '{}') returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'PT' || p_status,
    message = p_code,
    hint = p_code,
    detail = p_details::text;
end
$$;
