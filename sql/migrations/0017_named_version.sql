-- In which version of the model a table got its name: of two tables that ask for one name in the API, the older one keeps it. Null for
-- tables from before, which are the oldest.
alter table tenantry.objects add column named_version bigint;
comment on column tenantry.objects.named_version is 'Version of the workspace''s model in which the table got its SQL name.';
