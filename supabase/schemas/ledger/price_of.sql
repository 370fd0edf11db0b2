-- What a job costs when all of it is delivered, and so what it holds at first.
create function private.price_of(p_job public.jobs) returns bigint
language sql immutable
as $$
  select p_job.price_each::bigint * p_job.num_assets
$$;
