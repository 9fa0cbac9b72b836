-- after functions
-- Where the reader of the feed for webhooks stands within a window, in the order of (xid, id), which the log has an index for. It counts
-- only while page_after is the number of the window before; a gateway of an earlier version leaves it as it is and reads the window again.
alter table tenantry_runtime.webhook_feed
  add column page_after bigint,
  add column page_number bigint,
  add column page_token bigint,
  add column page_xid xid8,
  add column page_id bigint;
