-- What callers of a workspace changed about its keys, roles and members stands beside what operators did.

alter table tenantry.audit
  alter operator_name drop not null,
  -- No foreign keys: a row outlives whom and what it is about.
  add api_key_id uuid,
  add workspace_member_id uuid,
  add caller_name text,
  add constraint audit_names_who_did_it check (num_nonnulls(operator_name, caller_name) = 1);
create index audit_workspace_id_idx on tenantry.audit (workspace_id, at);
