create table private.prompt_enhancements (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  job_type text not null,
  method text not null check (method in ('chat_worker', 'wan_worker', 'system_prompt', 'rule_based')),
  fallback_used boolean not null,
  processing_ms integer not null check (processing_ms >= 0),
  original_tokens integer not null check (original_tokens >= 0),
  enhanced_tokens integer not null check (enhanced_tokens >= 0),
  quality_score real not null,
  created_at timestamptz not null default now(),
  template text not null default 'sdxl_fast'
    check (template in ('sdxl_fast', 'sdxl_high', 'wan_fast', 'wan_high_7b')),
  cached boolean not null default false,
  compressed_tokens integer not null default 0 check (compressed_tokens >= 0),
  original_chars integer not null default 0 check (original_chars >= 0),
  enhanced_chars integer not null default 0 check (enhanced_chars >= 0),
  original_prompt text check (length(original_prompt) <= 2000),
  enhanced_prompt text check (length(enhanced_prompt) <= 4000)
);
comment on table private.prompt_enhancements is
  'How prompts were enhanced; the texts only where the operator keeps them.';

create index prompt_enhancements_of_user on private.prompt_enhancements (user_id, id desc);
create index prompt_enhancements_by_time on private.prompt_enhancements (created_at);

alter table private.prompt_enhancements enable row level security;
