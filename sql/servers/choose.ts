// Which server of a list is used: the one that accepts writes, where there is one alone.

import { type Identifiers, isForeign, isMixed } from './cluster.ts'
import { nameOfServer } from './hosts.ts'
import type { Found, ServerState } from './probe.ts'

/** SQLSTATE cannot_connect_now: callers wait as for a server that starts. */
const WAIT = '57P03'

/** No server accepts writes, several do, or the list mixes clusters. */
export class NoPrimaryError extends Error {
  readonly code = WAIT

  constructor(message: string) {
    super(message)
    this.name = 'NoPrimaryError'
  }
}

export const STATE_TEXTS: Readonly<Record<ServerState, string>> = {
  primary: 'accepts writes',
  standby: 'is a standby',
  'read-only': 'is read-only',
  silent: 'cannot be reached',
}

const describe = (
  found: readonly Found[],
  noteOf: (found: Found) => string | null = ({ reason }) => reason,
): string =>
  found
    .map((each) => {
      const note = noteOf(each)
      return `${nameOfServer(each.url)} ${STATE_TEXTS[each.state]}${note === null ? '' : ` (${note})`}`
    })
    .join(', ')

const refuseMixed = (found: readonly Found[]): void => {
  if (!isMixed(found)) return
  const text = describe(found, ({ system, reason }) => (system === null ? reason : `system ${system}`))
  throw new NoPrimaryError(
    `The servers of the list are of different clusters: ${text}. List one server and its standbys.`,
  )
}

/**
 * The server to use: the one in use as long as it accepts writes, else the only one of its cluster that
 * accepts them.
 */
export const choose = (found: readonly Found[], inUse: string | null, identifiers: Identifiers): string => {
  if (inUse === null) refuseMixed(found)
  const isOther = ({ url }: Found): boolean => isForeign(identifiers, url, inUse)
  const primaries = found.filter((each) => each.state === 'primary' && !isOther(each))
  const kept = primaries.find(({ url }) => url === inUse)
  if (kept !== undefined) return kept.url
  const [only, ...others] = primaries
  if (only === undefined)
    throw new NoPrimaryError(
      `No server of the list accepts writes: ${describe(found, (each) => (isOther(each) ? 'of another cluster' : each.reason))}.`,
    )
  if (others.length > 0)
    throw new NoPrimaryError(
      `Several servers of the list accept writes: ${describe(found)}. Stop the ones that were replaced, or remove them from the list.`,
    )
  return only.url
}
