-- A queue as its jobs' positions and times are told from.
create type private.queue_outlook as (
  queue text,
  -- The jobs that are first in order, and how long each is expected to take.
  first_ids uuid[],
  first_ms bigint[],
  -- All that waits: exact when `first_ids` is all of it, else as of the last pass of the sweep.
  jobs bigint,
  milliseconds bigint,
  -- What is left of the running jobs, and who shares the work.
  running_ms bigint,
  workers bigint
);
