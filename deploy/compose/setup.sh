#!/bin/sh
# Creates the gateway's login role and its database in a new Postgres. The statements are those that
# `tenantry setup-sql` prints.
set -eu
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
-- CREATEROLE: each role of a workspace is a role of Postgres.
create role "tenantry" login createrole;

-- The database belongs to the administrator who creates it.
create database "tenantry";

-- CREATE: each workspace is a schema. The gateway lets the login of requests connect.
grant create on database "tenantry" to "tenantry";
grant connect on database "tenantry" to "tenantry" with grant option;

-- The logins of requests belong to the server; another gateway may have created them already.
do $$ begin
  if exists (select from pg_roles where rolname = 'tenantry_gateway') then
    grant tenantry_gateway to "tenantry" with admin option;
  end if;
end $$;
do $$ begin
  if exists (select from pg_roles where rolname = 'tenantry_gateway_2') then
    grant tenantry_gateway_2 to "tenantry" with admin option;
  end if;
end $$;

-- Changes of a data model interrupt an autovacuum of the table instead of waiting for it.
grant set on parameter deadlock_timeout to "tenantry";

-- Operators list running statements and cancel them.
grant pg_read_all_stats, pg_signal_backend to "tenantry";

\set password `cat /run/secrets/tenantry_password`
alter role "tenantry" password :'password';
SQL
