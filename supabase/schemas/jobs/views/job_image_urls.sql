-- Older clients read all pictures of a batch as one array.
create view public.job_image_urls with (security_invoker = true) as
  select job_id, user_id, array_agg(image_url order by image_index) as image_urls
  from public.images
  where status = 'completed'
  group by job_id, user_id;

revoke all on table public.job_image_urls from public, anon, authenticated, service_role;
grant select on public.job_image_urls to authenticated;
