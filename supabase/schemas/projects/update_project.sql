-- `p_changes` has the columns to set; null empties one, and what is absent stays.
create function public.update_project(p_user_id uuid, p_project_id uuid, p_changes jsonb) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_project public.projects;
begin
  perform private.require_edge();
  update public.projects as project
  set title = case when p_changes ? 'title' then p_changes ->> 'title' else project.title end,
      original_prompt = case
        when p_changes ? 'original_prompt' then p_changes ->> 'original_prompt' else project.original_prompt
      end,
      enhanced_prompt = case
        when p_changes ? 'enhanced_prompt' then p_changes ->> 'enhanced_prompt' else project.enhanced_prompt
      end,
      character_id = case
        when p_changes ? 'character_id' then (p_changes ->> 'character_id')::uuid else project.character_id
      end,
      updated_at = now()
  where project.id = p_project_id and project.user_id = p_user_id
  returning * into v_project;
  if not found then
    perform private.refuse(p_status => 404, p_code => 'not_found', p_details => '{"field": "id"}');
  end if;
  return private.project_view(v_project);
end
$$;

revoke all on function public.update_project from public, anon, authenticated, service_role;
grant execute on function public.update_project to ourvidz_edge;
