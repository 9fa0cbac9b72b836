-- after functions
-- The audit log in one partition per month, with the caller's address and request. What there is becomes the first partition, which ends
-- with this month. No statement changes or deletes rows from now on: maintenance drops partitions.
alter table tenantry.audit add column address text, add column request_id text;
alter table tenantry.audit rename to audit_first;
alter table tenantry.audit_first
  drop constraint audit_pkey,
  drop constraint audit_names_who_did_it,
  alter column id set not null,
  -- None for a refused token.
  add constraint audit_has_one_actor check (num_nonnulls(operator_name, caller_name) <= 1);
drop index tenantry.audit_at_idx;
alter index tenantry.audit_workspace_id_idx rename to audit_first_workspace_id_idx;

create table tenantry.audit (like tenantry.audit_first including defaults including constraints, primary key (at, id)) partition by range (at);
create index audit_workspace_id_idx on tenantry.audit (workspace_id, at);
comment on table tenantry.audit is 'Who changed what, from where. Rows are only inserted; AUDIT_RETENTION_DAYS drops whole months.';
create table tenantry.audit_default partition of tenantry.audit default;

-- Days that rows are kept where AUDIT_RETENTION_DAYS is not set. Null: for ever.
create table tenantry.audit_retention (
  id boolean primary key default true check (id),
  default_days integer
);

do $$
declare
  has_history constant boolean := exists (select from tenantry.audit_first) or exists (select from tenantry.workspaces);
  ends constant timestamp := date_trunc('month', clock_timestamp() at time zone 'UTC') + interval '1 month';
  name constant text := 'audit_before_' || to_char(ends, 'YYYYMM');
begin
  insert into tenantry.audit_retention (default_days) values (case when has_history then null else 400 end);
  if has_history then
    execute format('alter table tenantry.audit_first rename to %I', name);
    execute format('alter table tenantry.audit attach partition tenantry.%I for values from (minvalue) to (%L)', name, ends at time zone 'UTC');
  else
    drop table tenantry.audit_first;
  end if;
end
$$;

create trigger keep_audit before update or delete on tenantry.audit for each row execute function tenantry.keep_audit();
select tenantry.turn_audit(null);
