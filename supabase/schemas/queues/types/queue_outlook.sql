-- A queue as its jobs' positions and times are told from.
create type private.queue_outlook as (
  queue text,
  -- Of a short queue: its jobs in the order of their turns, and how long each is expected to take.
  ids uuid[],
  own_ms bigint[],
  -- All that waits: exact in a short queue, else as of the last pass of the sweep.
  jobs bigint,
  milliseconds bigint,
  -- Of a longer queue: its oldest job, and the time from the first turn to the last.
  oldest timestamptz,
  spread_seconds double precision,
  -- What is left of the running jobs, and who shares the work.
  running_ms bigint,
  workers bigint
);
