// Postgres refuses to run as root, so a gateway that runs as root starts it under an unprivileged account:
// the owner of the cluster's directory if it exists, else an account looked up by name and created if the
// machine has none.

import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'

export interface Account {
  readonly uid: number
  readonly gid: number
}

const NAME = 'postgres'

const lookUp = (): Account | null => {
  try {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, NAME], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return null
  }
}

const create = (): void => {
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', NAME], {
      stdio: 'ignore',
    })
  } catch (cause) {
    throw new Error(
      `Postgres does not run as root, and the account "${NAME}" it would run as could not be created. Create it ` +
        `(useradd --system ${NAME}), or start the gateway as an ordinary user, or set DATABASE_URL.`,
      { cause },
    )
  }
}

/** The account to run Postgres under; null means our own. */
export const postgresAccount = (clusterDir: string): Account | null => {
  if (process.getuid?.() !== 0) return null
  const owner = statSync(clusterDir, { throwIfNoEntry: false })
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const known = lookUp()
  if (known !== null) return known
  create()
  const made = lookUp()
  if (made === null) throw new Error(`The account "${NAME}" was created but cannot be found.`)
  return made
}
