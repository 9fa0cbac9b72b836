-- A node that is away may hold older changes of workspaces that have left it. A workspace that moved after the node was read to its end waits for it.
alter table tenantry_runtime.node_logs
  -- Of the coordinator: the moment (sql/placement.ts) at which no row was left on the node. Null: it is not waited for.
  add column whole_at text;
