-- Links and sessions of operators who act as a member, while the workspace's setting allowImpersonation is on. A name without a key is the
-- command line's. No foreign key: a session of a key that was revoked is not found.
alter table tenantry.sign_in_links add column operator_key_id uuid, add column operator_name text;
alter table tenantry.sessions add column impersonator_key_id uuid, add column impersonator_name text,
  add constraint sessions_impersonate_members check (impersonator_name is null or workspace_member_id is not null);
