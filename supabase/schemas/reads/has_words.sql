-- Whether each of the words, in lower case, is somewhere in an asset's title or in the prompt of its job.
create function private.has_words(p_job_id uuid, p_title text, p_words text[]) returns boolean
language sql stable
set search_path = ''
as $$
  select not exists (
    select from unnest(p_words) as word
    where strpos(lower(concat_ws(' ', p_title, job.prompt)), word) = 0
  )
  from public.jobs as job where job.id = p_job_id
$$;
