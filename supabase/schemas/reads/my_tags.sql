create function public.my_tags() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
begin
  return coalesce((select jsonb_agg(tag) from private.tags_of(v_user_id) as tag), '[]');
end
$$;

revoke all on function public.my_tags from public, anon, authenticated, service_role;
grant execute on function public.my_tags to authenticated, ourvidz_edge;
