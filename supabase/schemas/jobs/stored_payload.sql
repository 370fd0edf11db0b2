-- What of a payload is stored: all that `worker_payload` does not find on the job's row.
create function private.stored_payload(p_payload jsonb) returns jsonb
language sql immutable
as $$
  select p_payload - array[
    'id', 'type', 'user_id', 'prompt', 'created_at', 'image_id', 'video_id', 'character_id', 'model_variant', 'bucket',
    'metadata', 'negative_prompt'
  ]
$$;
