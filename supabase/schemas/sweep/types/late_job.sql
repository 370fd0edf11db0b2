-- What a pass decided about one late job.
create type private.late_job as (
  job_id uuid,
  user_id uuid,
  -- 'requeue', 'deliver', 'fail' or 'cancel'
  verdict text,
  error_code text
);
