-- What gateways do in the background: work that a model change left for after its transaction, and what is kept for a time only.

-- Statements that follow a committed change of a model by themselves: validations and indexes of big tables. A row goes when its
-- statement has been run; one whose backend is gone is for the next gateway that looks.
create table tenantry.unfinished_steps (
  id bigint generated always as identity primary key,
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  -- With the placeholder for the workspace's schema.
  statement text not null,
  -- Of an index: its name, and how to get rid of it half-built.
  index_name text,
  undo text,
  worker_pid integer not null,
  -- A pid comes again, a pid and a moment do not.
  worker_started_at timestamptz not null,
  created_at timestamptz not null default now(),
  check ((index_name is null) = (undo is null))
);
create index unfinished_steps_workspace_id_idx on tenantry.unfinished_steps (workspace_id);

-- When the trash of a workspace was last gone through. Apart from tenantry.workspaces, whose every update wakes the gateways.
create table tenantry.trash_purges (
  workspace_id uuid primary key references tenantry.workspaces on delete cascade,
  purged_at timestamptz not null
);

create index audit_at_idx on tenantry.audit (at);
create index sign_in_links_expires_at_idx on tenantry.sign_in_links (expires_at);
create index idempotency_keys_created_at_idx on tenantry_request.idempotency_keys (created_at);

-- Deletes records that went into the trash at `cutoff` or before, `most` of them at once, from the tables that Tenantry made: what a
-- column called deleted_at means in anybody else's table is theirs to say. Records that cannot go, because others that must
-- keep them point there, stay and are counted; a table that somebody holds is left for later.
create function tenantry.purge_trash(workspace uuid, standard_tables text[], cutoff timestamptz, most integer)
returns table (table_name text, purged bigint, kept bigint)
  language plpgsql volatile
  set search_path = pg_catalog
  set lock_timeout = '1s'
as $$
declare
  relation regclass;
  record_at tid;
  remaining bigint := most;
begin
  for relation, table_name in
    select c.oid, c.relname
    from tenantry.workspaces w
    join pg_namespace n on n.nspname = w.schema_name
    join tenantry.objects o on o.workspace_id = w.id
    join pg_class c on c.oid = o.table_oid and c.relnamespace = n.oid and c.relname = o.table_name and c.relkind = 'r'
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'deleted_at' and a.atttypid = 'timestamptz'::regtype
      and not a.attisdropped
    where w.id = workspace
      and (o.annotation @> '{"isManaged": true}' or w.has_standard_objects and o.table_name = any (standard_tables))
    order by c.relname
  loop
    exit when remaining <= 0;
    purged := 0;
    kept := 0;
    begin
      execute format('delete from %s where ctid = any (array(
        select ctid from %1$s where deleted_at <= $1 limit $2 for update skip locked))', relation) using cutoff, remaining;
      get diagnostics purged = row_count;
    exception
      when lock_not_available or deadlock_detected then
        continue;
      when others then
        -- One by one. In any order, so that those that cannot go do not stand in the way of others for ever.
        for record_at in execute format('select ctid from %s where deleted_at <= $1 order by random() limit $2', relation)
          using cutoff, remaining
        loop
          begin
            execute format('delete from %s where ctid = $1 and deleted_at <= $2', relation) using record_at, cutoff;
            purged := purged + 1;
          exception when others then
            kept := kept + 1;
          end;
        end loop;
    end;
    remaining := remaining - purged;
    if purged > 0 or kept > 0 then
      return next;
    end if;
  end loop;
end
$$;
