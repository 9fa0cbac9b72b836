// One gateway per data directory. Returns a function that releases the lock, or throws an error that names
// the holder. A lock whose holder is dead (kill -9, power cut) is taken over. The holder is identified by
// process id and start time, because process ids are reused, in containers immediately.

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** Field 22 of /proc/<pid>/stat, counted after the command in parentheses; empty where there is no /proc. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

const isHeld = (content: string): boolean => {
  const [pid = '', start = ''] = content.trim().split(' ')
  return /^[1-9]\d*$/.test(pid) && isAlive(Number(pid)) && startOf(Number(pid)) === start
}

const isTaken = (mine: string, path: string): boolean => {
  try {
    linkSync(mine, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

export const acquireLock = (path: string): (() => void) => {
  const content = `${process.pid} ${startOf(process.pid)}\n`
  const mine = `${path}.${process.pid}`
  writeFileSync(mine, content, { mode: 0o600 })
  try {
    for (;;) {
      if (isTaken(mine, path)) return () => rmSync(path, { force: true })
      const holder = read(path)
      if (holder === null) continue
      if (isHeld(holder)) {
        throw new Error(
          `Another gateway (process ${holder.split(' ')[0]}) uses this data directory: ${path} is its lock. Stop it ` +
            'first, or give this one a DATA_DIR of its own.',
        )
      }
      // A rename is atomic: of several processes that take over a dead holder's lock one wins. Check the lock
      // again after taking it, because a faster process may have taken it first.
      const stale = `${mine}.stale`
      try {
        renameSync(path, stale)
      } catch {
        continue
      }
      if (read(stale) !== holder) isTaken(stale, path)
      rmSync(stale, { force: true })
    }
  } finally {
    rmSync(mine, { force: true })
  }
}
