-- Closes a window when changes became visible since the last one, or anyway (is_forced), and returns the newest window. One caller at a
-- time.
-- New is what the last window's snapshot could not see and this one can: transactions from its xmax on, and transactions still running in
-- it. So an idle writer delays its own changes alone. Gateways are notified of the window, by this transaction and not by the
-- writers': NOTIFY takes a lock at the commit that all transactions with it share.
create or replace function tenantry_runtime.close_window(is_forced boolean, out number bigint, out token bigint) returns record
  language plpgsql
  set search_path = pg_catalog
  -- A third of the log is expected to be new, and some servers would read all of it.
  set enable_seqscan = off
as $$
declare
  last tenantry_runtime.windows;
begin
  perform pg_advisory_xact_lock(8387226051025334906);
  select * into last from tenantry_runtime.windows w order by w.number desc limit 1;
  if last.number is null then
    insert into tenantry_runtime.windows as w (number, token, snapshot)
    values (1, (random() * 9007199254740991)::bigint, pg_current_snapshot())
    returning w.number, w.token into close_window.number, close_window.token;
    return;
  end if;
  -- One statement, so that the changes and the snapshot are of one moment.
  insert into tenantry_runtime.windows as w (number, token, snapshot, first_id, last_id)
  select last.number + 1, (random() * 9007199254740991)::bigint, pg_current_snapshot(), min(n.id), max(n.id)
  from (
    select c.id from tenantry_runtime.changes c where c.xid >= pg_snapshot_xmax(last.snapshot)
    union all
    select c.id from tenantry_runtime.changes c
    where c.xid = any (array(select x from pg_snapshot_xip(last.snapshot) x))
  ) n
  having is_forced or count(*) > 0
  returning w.number, w.token into close_window.number, close_window.token;
  if close_window.number is null then
    number := last.number;
    token := last.token;
  else
    perform pg_notify('tenantry', concat_ws(' ', 'window', number, token));
  end if;
end
$$;

revoke execute on function tenantry_runtime.close_window(boolean) from public;
