-- Which of a job's claims this is, or will be: each attempt that was lost counts one more, and so does each that was
-- given back. No two claims have the same, so none finds in its place what another has uploaded.
create function private.claim_number(p_job public.jobs) returns integer
language sql immutable
as $$
  select p_job.attempt + p_job.releases
$$;
