create function public.my_projects(
  p_limit integer, p_before timestamptz default null, p_before_id uuid default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
begin
  return coalesce((
    select jsonb_agg(private.project_view(project) order by project.created_at desc, project.id desc)
    from (
      select * from public.projects
      where user_id = v_user_id
        and (created_at, id) < (private.page_start(p_before), private.page_start_id(p_before_id))
      order by created_at desc, id desc
      limit private.page_size(p_limit)
    ) as project
  ), '[]');
end
$$;

revoke all on function public.my_projects from public, anon, authenticated, service_role;
grant execute on function public.my_projects to authenticated, ourvidz_edge;
