-- Made from shared/core/src/state/mod.rs by `npm run generate`.

-- Which state may follow which. Staying in one is no transition.
create function private.transition_allowed(p_from text, p_to text) returns boolean
language sql immutable
as $$
  select (p_from, p_to) in (
    ('queued', 'processing'),
    ('queued', 'completed'),
    ('queued', 'failed'),
    ('queued', 'canceled'),
    ('processing', 'queued'),
    ('processing', 'completed'),
    ('processing', 'failed'),
    ('processing', 'canceled')
  )
$$;
