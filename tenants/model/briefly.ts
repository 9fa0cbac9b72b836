// How long a change waits for a table that somebody holds: briefly, since whoever reads the table queues up behind the wait. A vacuum of
// the server's own makes way, though only for those who wait as long as deadlock_timeout; so that is shorter still, where it may be set.

export const BRIEFLY = `set local lock_timeout = 300;
select set_config('deadlock_timeout', '100ms', true) where has_parameter_privilege('deadlock_timeout', 'SET')`
