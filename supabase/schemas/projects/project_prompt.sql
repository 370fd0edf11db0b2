create function public.project_prompt(p_user_id uuid, p_project_id uuid) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  perform private.require_edge();
  return (
    select jsonb_build_object(
      'enhanced_prompt', project.enhanced_prompt,
      'original_prompt', project.original_prompt,
      'character_id', project.character_id
    )
    from public.projects as project where project.id = p_project_id and project.user_id = p_user_id
  );
end
$$;

revoke all on function public.project_prompt from public, anon, authenticated, service_role;
grant execute on function public.project_prompt to ourvidz_edge;
