-- Apart from `image_view`, which Postgres writes into the queries that call it as long as it reads no table.
create function private.tags_of_image(p_image_id uuid) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return coalesce((select jsonb_agg(tag order by tag) from private.image_tags where image_id = p_image_id), '[]');
end
$$;
