-- What happened, counted for operators: by type, by outcome, and how long it took.
--
-- A counter that every transaction updates is a row that every transaction waits for. So each adds a row of its
-- own to `measurements`, in the transaction of what it measures, and each pass of the sweep moves them into the
-- totals: whoever asks reads both, and a measurement is always in exactly one of them. Triggers measure, and not
-- the functions that change jobs, because no way to change one may be forgotten, an operator's SQL prompt included.

create table private.measurements (
  metric text not null check (metric in (
    'jobs_submitted', 'jobs_waiting', 'jobs_ended', 'jobs_failed', 'attempts_repeated', 'job_wait', 'job_run',
    'callbacks', 'credits', 'stored_bytes'
  )),
  -- Of what: a job type, a bucket, or an outcome; then, where there is more to say, which state or error.
  label text not null,
  detail text not null default '',
  -- `jobs_waiting` are those that began or ceased to wait after they were submitted; together they are what waits.
  -- How many, or for a time how many seconds.
  amount double precision not null
);
comment on table private.measurements is 'Not yet in the totals; each pass of the sweep empties it.';

alter table private.measurements enable row level security;
