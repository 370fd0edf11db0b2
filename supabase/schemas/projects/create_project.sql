create function public.create_project(
  p_user_id uuid, p_project_id uuid, p_max_projects integer,
  p_title text default null, p_original_prompt text default null, p_enhanced_prompt text default null,
  p_character_id uuid default null
) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  v_project public.projects;
begin
  perform private.require_edge();
  insert into public.profiles (id) values (p_user_id) on conflict do nothing;
  -- The edge asks again with the same id when the answer to a commit was lost.
  select * into v_project from public.projects where id = p_project_id and user_id = p_user_id;
  if found then
    return private.project_view(v_project);
  end if;
  -- Two at once may go one above the limit; it is there against thousands.
  if (select count(*) from public.projects where user_id = p_user_id) >= p_max_projects then
    perform private.refuse(
      p_status => 409, p_code => 'state_conflict', p_details => jsonb_build_object('limit', p_max_projects)
    );
  end if;
  insert into public.projects (id, user_id, title, original_prompt, enhanced_prompt, character_id)
  values (p_project_id, p_user_id, p_title, p_original_prompt, p_enhanced_prompt, p_character_id)
  returning * into v_project;
  return private.project_view(v_project);
end
$$;

revoke all on function public.create_project from public, anon, authenticated, service_role;
grant execute on function public.create_project to ourvidz_edge;
