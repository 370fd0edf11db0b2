-- From which of a user's accounts to which each kind of event moves credits.
create function private.credit_kinds() returns table (kind text, source text, target text)
language sql immutable
as $$
  values
    ('starting', 'issued', 'available'),
    ('grant', 'issued', 'available'),
    ('hold', 'available', 'held'),
    ('charge', 'held', 'spent'),
    ('release', 'held', 'available'),
    ('return', 'held', 'issued')
$$;
