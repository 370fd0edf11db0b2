create table private.measured_totals (
  metric text not null,
  label text not null,
  detail text not null,
  -- For a time: the first bound that is not below it, counted from 0. Else 0.
  bucket smallint not null,
  times bigint not null,
  amount double precision not null,
  primary key (metric, label, detail, bucket)
);

alter table private.measured_totals enable row level security;
