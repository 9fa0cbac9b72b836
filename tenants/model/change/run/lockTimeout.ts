// Lock timeout of one attempt of a change: short, because everything that reads the table queues up behind
// the wait. Autovacuum yields to a waiting lock, but only after deadlock_timeout; so that is set even
// shorter, where permitted. Citus sends the timeout on to the node that holds the table; elsewhere its
// setting has no meaning.

export const BRIEF_MS = 300
/** The longest that a change may keep the readers of a table waiting for its lock. */
export const LONGEST_MS = 500

export const BRIEFLY = `set local citus.propagate_set_commands = 'local';
set local lock_timeout = ${BRIEF_MS};
select set_config('deadlock_timeout', '100ms', true) where has_parameter_privilege('deadlock_timeout', 'SET')`
