-- Workspaces that were deleted and can be restored until they are purged. A deleted one counts as suspended for gateways that do not
-- know these columns, and they cannot resume it.
alter table tenantry.workspaces
  add column deleted_at timestamptz,
  -- The purge begins at this time or later; until it has begun, the workspace can be restored.
  add column purge_after timestamptz,
  add column purge_began_at timestamptz,
  add column status_when_deleted text;
alter table tenantry.workspaces add constraint workspaces_deleted_check check (
  num_nonnulls(deleted_at, purge_after, status_when_deleted) in (0, 3)
  and (deleted_at is null or status = 'suspended') and (purge_began_at is null or deleted_at is not null)
);
create index workspaces_purge_after_idx on tenantry.workspaces (purge_after) where deleted_at is not null;
