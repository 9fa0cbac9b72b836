-- The e-mail address of a member: an address, and in any letter case only one live member's, since people sign in by it. Only a change is
-- checked, so that tables that held other values before keep working. Called by guard_member, for requests and SQL by hand alike.
create or replace function tenantry.guard_member_email(members regclass, was jsonb, becomes jsonb) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  email text := nullif(becomes ->> 'user_email', '');
  is_new boolean := email is distinct from was ->> 'user_email';
  holder text;
begin
  if email is null or not is_new and (was ->> 'deleted_at' is null or becomes ->> 'deleted_at' is not null) then
    return;
  elsif is_new and email !~ '^[^\s@[:cntrl:]]+@[^\s@[:cntrl:]]+$' then
    raise exception 'user_email % is not an e-mail address', to_json(email) using errcode = 'TN005';
  elsif becomes ->> 'deleted_at' is not null then
    return;
  end if;
  if to_regclass('tenantry.workspaces') is null then
    -- A node without the control schema: the schema's members change one after the other.
    perform pg_advisory_xact_lock(hashtextextended('tenantry members of ' || c.relnamespace, 0)) from pg_class c where c.oid = members;
  else
    perform tenantry.lock_members(w.id) from tenantry.workspaces w
    join pg_namespace n on n.nspname = w.schema_name join pg_class c on c.relnamespace = n.oid where c.oid = members;
  end if;
  execute format(
    'select m.record ->> ''user_email'' from (select to_jsonb(each) as record from %s as each) m
     where lower(m.record ->> ''user_email'') = lower($1) and m.record ->> ''deleted_at'' is null
       and m.record -> ''id'' is distinct from $2 -> ''id'' limit 1', members) into holder using email, becomes;
  if holder is not null then
    raise exception 'another member has the e-mail address %', holder using
      errcode = 'unique_violation',
      detail = format('Key (user_email)=(%s) already exists.', holder),
      schema = (select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = members),
      table = (select relname from pg_class where oid = members),
      constraint = coalesce((
        select c.relname from pg_index i
        join pg_class c on c.oid = i.indexrelid
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indrelid = members and i.indisunique and i.indnkeyatts = 1 and a.attname = 'user_email' limit 1
      ), '');
  end if;
end
$$;

revoke execute on function tenantry.guard_member_email(regclass, jsonb, jsonb) from public;
