// Decides which of several processes works for all of them: the one whose connection holds an advisory lock.
// Postgres releases the lock with the connection, so the work passes on when a process dies. The lock is
// tried by the pings of a connection that is there anyway; a blocking wait for it would hold a snapshot, and
// keep vacuum from removing rows.

import type { ClientBase } from 'pg'

type Role = 'undecided' | 'leader' | 'follower'

export interface Election {
  /** Whether this process wants the work at all; decided by the next ping. */
  readonly stand: (isCandidate: boolean) => void
  readonly role: () => Role
  /** Called whenever the role has changed. */
  readonly onChange: (listener: () => void) => void
  /** Pings the server, and takes or releases the lock on the way. */
  readonly ping: (client: ClientBase) => Promise<void>
  /** The connection has ended, and the lock with it. */
  readonly reset: () => void
}

/** @param name of the work; the same in all processes */
export const createElection = (name: string): Election => {
  const listeners: (() => void)[] = []
  let isCandidate = false
  let role: Role = 'undecided'

  const become = (next: Role): void => {
    if (next === role) return
    role = next
    for (const listener of listeners) listener()
  }
  const lock = async (client: ClientBase, call: string): Promise<boolean> => {
    const { rows } = await client.query<{ done: boolean }>(
      `select ${call}(hashtext('tenantry'), hashtext($1)) as done`,
      [name],
    )
    return rows[0]?.done === true
  }

  return {
    stand: (isWanted) => {
      isCandidate = isWanted
      if (!isWanted && role === 'follower') become('undecided')
    },
    role: () => role,
    onChange: (listener) => {
      listeners.push(listener)
    },
    ping: async (client) => {
      if (isCandidate === (role === 'leader')) await client.query('select 1')
      else if (isCandidate) become((await lock(client, 'pg_try_advisory_lock')) ? 'leader' : 'follower')
      else {
        await lock(client, 'pg_advisory_unlock')
        become('undecided')
      }
    },
    reset: () => become('undecided'),
  }
}
