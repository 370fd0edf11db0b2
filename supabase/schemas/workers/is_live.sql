create function private.is_live(p_last_seen_at timestamptz) returns boolean
language sql stable
as $$
  -- Workers without a job wait a minute on their list before they show up again; two minutes is one missed.
  select p_last_seen_at > now() - interval '2 minutes'
$$;
