-- The one table of states in SQL; a test compares every pair with the edge's. Staying in a state is no
-- transition.
create function private.transition_allowed(p_from text, p_to text) returns boolean
language sql immutable
as $$
  select (p_from, p_to) in (
    -- A worker that never announces its start settles a job that still reads as queued.
    ('queued', 'processing'), ('queued', 'completed'), ('queued', 'failed'), ('queued', 'canceled'),
    ('processing', 'completed'), ('processing', 'failed'), ('processing', 'canceled'),
    -- Another attempt, or a worker that gives the job back.
    ('processing', 'queued')
  )
$$;
