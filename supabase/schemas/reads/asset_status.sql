-- An asset as its owner sees it. While its job runs it runs too; that is not written, because a write would
-- tell every listener of a change in which there is nothing to see.
create function private.asset_status(p_asset text, p_job text) returns text
language sql immutable
as $$
  select case when p_asset = 'queued' and p_job = 'processing' then 'processing' else p_asset end
$$;
