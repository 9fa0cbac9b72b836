-- Where the feed of a workspace restarted because changes may be missing: its readers start over from this window.
create table tenantry_runtime.feed_resets (
  workspace_id uuid primary key,
  -- Positions before this window are answered with a reset; null until the first one.
  number bigint,
  -- A restart was asked for, and not all of its tables have followed.
  is_due boolean not null default true
);
comment on column tenantry_runtime.captured.since is 'infinity: the capture of the table is to restart.';
