// How long one attempt of a change waits for a table that is held: briefly, since everything that reads the
// table queues up behind the wait. A vacuum that the server runs by itself makes way, though only for waits
// longer than deadlock_timeout; so that is shorter still, where it may be set.

export const BRIEF_MS = 300

export const BRIEFLY = `set local lock_timeout = ${BRIEF_MS};
select set_config('deadlock_timeout', '100ms', true) where has_parameter_privilege('deadlock_timeout', 'SET')`
