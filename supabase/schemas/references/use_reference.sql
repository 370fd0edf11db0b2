-- Notes that an order names an upload, and what was seen of it. The row must be locked.
create function private.use_reference(p_upload private.reference_uploads, p_seen jsonb) returns void
language plpgsql
set search_path = ''
as $$
declare
  -- As long as what tells of a job is kept. No job waits and runs for so long, so none loses what it needs.
  c_kept constant interval := interval '30 days';
  -- Put off once a day, or a busy reference would be a hot row.
  c_precision constant interval := interval '1 day';
begin
  if p_upload.expires_at > now() + c_kept - c_precision and (p_upload.width is not null or p_seen is null) then
    return;
  end if;
  update private.reference_uploads
  set expires_at = now() + c_kept,
      width = coalesce(width, (p_seen ->> 'width')::integer),
      height = coalesce(height, (p_seen ->> 'height')::integer),
      etag = coalesce(etag, p_seen ->> 'etag')
  where key = p_upload.key;
end
$$;
