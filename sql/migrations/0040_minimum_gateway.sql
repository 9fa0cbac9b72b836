-- The oldest gateway that may start on this database, by the number of the newest migration that it knows. A migration that removes what
-- earlier gateways use raises it; one that only adds does not, and earlier gateways go on starting.
create table tenantry.compatibility (
  is_single boolean primary key default true check (is_single),
  minimum_gateway integer not null,
  -- For people.
  minimum_version text not null
);
comment on table tenantry.compatibility is 'The oldest gateway that may start on this database.';
insert into tenantry.compatibility (minimum_gateway, minimum_version) values (40, '0.2.0');
