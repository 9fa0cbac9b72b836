// Runs work in one process at a time, under a session-level advisory lock. Returns null when another process
// holds the lock. Postgres releases the lock with the session, so a process that dies blocks no other. All
// locks of a pool share one session: jobs hold them for hours, and the pool has few connections.

import type pg from 'pg'
import { connectForJob, type HeldClient } from './ownerPool.ts'

interface LockSession {
  readonly held: Promise<HeldClient>
  /** Called when the connection breaks. */
  readonly leave: (error: Error) => void
  /** Postgres would give the session a lock twice. */
  readonly names: Set<string>
  users: number
  broken: Error | undefined
  /** The client runs one query at a time. */
  last: Promise<unknown>
}

const sessions = new WeakMap<pg.Pool, LockSession>()

const openSession = (pool: pg.Pool): LockSession => {
  const held = connectForJob(pool)
  const leave = (error: Error): void => {
    session.broken ??= error
    if (sessions.get(pool) === session) sessions.delete(pool)
  }
  const session: LockSession = { held, leave, names: new Set(), users: 0, broken: undefined, last: held }
  held.then(({ client }) => client.on('error', leave), leave)
  sessions.set(pool, session)
  return session
}

const closeSession = async (pool: pg.Pool, session: LockSession): Promise<void> => {
  if (sessions.get(pool) === session) sessions.delete(pool)
  const { client, release } = await session.held
  client.removeListener('error', session.leave)
  release(session.broken)
}

const ask = (
  session: LockSession,
  text: string,
  name: string,
): Promise<pg.QueryResult<{ done: boolean }>> => {
  const answer = session.last.then(async () => (await session.held).client.query(text, [name]))
  session.last = answer.catch(() => {})
  return answer
}

const TAKE = `select pg_try_advisory_lock(hashtext('tenantry'), hashtext($1)) as done`
const GIVE_BACK = `select pg_advisory_unlock(hashtext('tenantry'), hashtext($1)) as done`

const runLocked = async <T>(
  session: LockSession,
  name: string,
  work: () => Promise<T>,
): Promise<T | null> => {
  if (session.names.has(name)) return null
  session.names.add(name)
  try {
    const { rows } = await ask(session, TAKE, name)
    if (rows[0]?.done !== true) return null
    try {
      return await work()
    } finally {
      await ask(session, GIVE_BACK, name).catch((error: Error) => {
        session.broken ??= error
      })
    }
  } finally {
    session.names.delete(name)
  }
}

export const tryAlone = async <T>(pool: pg.Pool, name: string, work: () => Promise<T>): Promise<T | null> => {
  const session = sessions.get(pool) ?? openSession(pool)
  session.users += 1
  try {
    await session.held
    return await runLocked(session, name, work)
  } finally {
    session.users -= 1
    if (session.users === 0) await closeSession(pool, session).catch(() => {})
  }
}
