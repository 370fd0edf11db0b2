-- Supabase's Realtime tells browsers of row updates; elsewhere the publication does not exist.
do $$
begin
  if exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    alter publication supabase_realtime add table public.jobs, public.images, public.videos;
  end if;
end
$$;
