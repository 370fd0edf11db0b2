create function private.metric(p_name text, p_value numeric, p_labels jsonb default '{}') returns jsonb
language sql immutable
as $$
  select jsonb_build_object('name', p_name, 'labels', p_labels, 'value', coalesce(p_value, 0))
$$;
