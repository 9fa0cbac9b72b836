-- Where workspaces are on several nodes, each node has a log of its own, and its rows are moved into this one. How far that is, in the
-- transaction that inserts the rows: a crash between it and their deletion on the node repeats the deletion, not the rows.
create table tenantry_runtime.node_logs (
  -- host:port
  node text primary key,
  -- Of the node: rows that it shows, up to the id, are here; of these workspaces alone, unless the list is null.
  snapshot pg_snapshot not null,
  last_id bigint not null,
  workspace_ids uuid[],
  at timestamptz not null default clock_timestamp()
);
comment on table tenantry_runtime.node_logs is 'Positions in the change logs of nodes; a row per node.';
