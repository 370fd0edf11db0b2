create function private.project_view(p_project public.projects) returns jsonb
language sql stable
as $$
  select jsonb_build_object(
    'id', p_project.id,
    'user_id', p_project.user_id,
    'title', p_project.title,
    'original_prompt', p_project.original_prompt,
    'enhanced_prompt', p_project.enhanced_prompt,
    'character_id', p_project.character_id,
    'created_at', private.rfc3339(p_project.created_at),
    'updated_at', private.rfc3339(p_project.updated_at)
  )
$$;
