-- Tickets of streams that have connected. A ticket itself is signed and kept by its holder; the row counts its connections, so that
-- the latest one ends those before it, at any gateway.
create table tenantry_runtime.stream_tickets (
  id uuid primary key,
  connections integer not null,
  expires_at timestamptz not null
);
create index on tenantry_runtime.stream_tickets (expires_at);
