-- after functions
-- Networks that a key, an operator key or a role may be used from. Empty: every address. Gateways of the version before do not look at them.
alter table tenantry.api_keys add column networks cidr[] not null default '{}'
  constraint api_keys_networks_bounded check (cardinality(networks) <= 100);
alter table tenantry.roles add column networks cidr[] not null default '{}'
  constraint roles_networks_bounded check (cardinality(networks) <= 100);
alter table tenantry.operator_keys add column networks cidr[] not null default '{}'
  constraint operator_keys_networks_bounded check (cardinality(networks) <= 100);
-- An administrator can always sign in.
alter table tenantry.roles add constraint roles_administrators_unbound check (is_editable or networks = '{}');

create or replace trigger api_key_changed
  after insert or delete or update of workspace_id, role_id, name, expires_at, revoked_at, token_version, rate_limit_per_minute, networks
  on tenantry.api_keys for each row execute function tenantry.notify_change('key');
