-- A user's finished pictures and videos, newest or oldest first; a page goes on behind what `p_before` and
-- `p_before_id` name, the last of the page before.
create function public.my_assets(
  p_limit integer, p_kind text default null, p_saved boolean default null,
  p_before timestamptz default null, p_before_id uuid default null,
  p_project_id uuid default null, p_words text[] default null,
  p_from timestamptz default null, p_until timestamptz default null, p_oldest boolean default false,
  p_tag text default null
) returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_from timestamptz := coalesce(p_from, '-infinity');
  v_behind timestamptz := case when p_oldest then coalesce(p_before, v_from) else private.page_start(p_before) end;
  v_behind_id uuid := case
    when p_oldest then coalesce(p_before_id, '00000000-0000-0000-0000-000000000000')
    else private.page_start_id(p_before_id)
  end;
  v_limit integer := private.page_size(p_limit);
  v_words text[] := (select array_agg(lower(word)) from unnest(p_words) as word);
  v_assets jsonb;
begin
  select jsonb_agg(page.view order by page.place) into v_assets
  from (
    select either.view, row_number() over (
      order by
        case when p_oldest then either.created_at end, case when p_oldest then either.id end,
        either.created_at desc, either.id desc
    ) as place
    from (
      select image.created_at, image.id, private.image_view(image, job) as view
      from private.image_page(
        p_user_id => v_user_id, p_saved => p_saved, p_project_id => p_project_id, p_tag => p_tag,
        p_words => v_words,
        p_from => v_from, p_until => coalesce(p_until, 'infinity'), p_oldest => p_oldest,
        p_behind => v_behind, p_behind_id => v_behind_id, p_limit => v_limit
      ) as image
      join public.jobs as job on job.id = image.job_id
      where coalesce(p_kind, 'image') = 'image'
      union all
      select video.created_at, video.id, private.video_view(video, job)
      from private.video_page(
        p_user_id => v_user_id, p_saved => p_saved, p_project_id => p_project_id, p_tag => p_tag,
        p_words => v_words,
        p_from => v_from, p_until => coalesce(p_until, 'infinity'), p_oldest => p_oldest,
        p_behind => v_behind, p_behind_id => v_behind_id, p_limit => v_limit
      ) as video
      join public.jobs as job on job.id = video.job_id
      where coalesce(p_kind, 'video') = 'video'
    ) as either
    order by place
    limit v_limit
  ) as page;
  return coalesce(v_assets, '[]');
end
$$;

revoke all on function public.my_assets from public, anon, authenticated, service_role;
grant execute on function public.my_assets to authenticated, ourvidz_edge;
