-- Notices every change of a data model, by any client. In the transaction of the change, the version of
-- the workspace whose schema it touched is raised, once (the workspaces' own trigger then notifies the gateways), and
-- what is new in the schema is opened to the workspace's roles and entered in the registry. Tenantry's own DDL does all
-- of that by itself and sets tenantry.applying. A fault in here never breaks the operator's statement: it becomes
-- a warning.
--
-- The functions behind the triggers are in functions/. Only a superuser may create event triggers.

-- GRANT is left out: it changes no model, and the grants above would call this again.
drop event trigger if exists tenantry_ddl;
create event trigger tenantry_ddl on ddl_command_end
  when tag in (
    'ALTER DOMAIN', 'ALTER FOREIGN TABLE', 'ALTER FUNCTION', 'ALTER INDEX', 'ALTER MATERIALIZED VIEW', 'ALTER PROCEDURE',
    'ALTER ROUTINE', 'ALTER SCHEMA', 'ALTER SEQUENCE', 'ALTER TABLE', 'ALTER TRIGGER', 'ALTER TYPE', 'ALTER VIEW', 'COMMENT',
    'CREATE AGGREGATE', 'CREATE DOMAIN', 'CREATE FOREIGN TABLE', 'CREATE FUNCTION', 'CREATE INDEX',
    'CREATE MATERIALIZED VIEW', 'CREATE PROCEDURE', 'CREATE RULE', 'CREATE SCHEMA', 'CREATE SEQUENCE', 'CREATE TABLE',
    'CREATE TABLE AS', 'CREATE TRIGGER', 'CREATE TYPE', 'CREATE VIEW', 'IMPORT FOREIGN SCHEMA', 'SELECT INTO'
  )
  execute function tenantry.after_ddl();

drop event trigger if exists tenantry_drop;
create event trigger tenantry_drop on sql_drop
  execute function tenantry.after_drop();
