-- What an order should have named instead of this reference; null if it may have it. The upload is its row, if it has
-- one.
create function private.expected_reference(
  p_bucket text, p_key text, p_type text, p_upload private.reference_uploads, p_seen jsonb
) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  return case
    when p_upload.expires_at <= now() or p_upload.key is null and exists (
      select from private.object_deletions as doomed where doomed.bucket = p_bucket and doomed.key = p_key
    ) then 'an upload that has not expired'
    when p_upload.type <> p_type then 'the type that it was uploaded for'
    when p_upload.key is null and p_type = 'character' and p_bucket = 'reference_images'
      then 'an upload that was made as a character, with consent'
    when p_upload.bytes <> (p_seen ->> 'bytes')::bigint then 'the file that its link was made for'
  end;
end
$$;
