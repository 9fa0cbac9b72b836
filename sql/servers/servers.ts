// The servers of a connection string. One of them accepts writes: each connection asks here for its URL, and
// is refused here where its server turns out to be a standby. The server is looked for at the first
// connection, and again after a connection broke or a server refused a write.

import type pg from 'pg'
import type { Log } from '../log.ts'
import { choose, NoPrimaryError, STATE_TEXTS } from './choose.ts'
import { isForeign } from './cluster.ts'
import { nameOfAddress, nameOfServer, readServers } from './hosts.ts'
import { type Found, probeServer, readState, type ServerState } from './probe.ts'
import { rememberLatest } from './rememberLatest.ts'

interface ServerStatus {
  readonly name: string
  readonly state: ServerState | 'unknown'
  /** Whether its cluster is known. */
  readonly isIdentified: boolean
}

export interface ServersState {
  /** The server in use; null: none was found yet. */
  readonly inUse: string | null
  /** Each host with its state at the latest look. */
  readonly servers: readonly ServerStatus[]
  /** Servers beside the one in use that accept writes. */
  readonly rivals: readonly string[]
  /** Servers of other clusters than the one in use. They never come into use. */
  readonly foreign: readonly string[]
  /** How often another server came into use. */
  readonly moves: number
}

export interface Servers {
  /** One URL for each host. */
  readonly urls: readonly string[]
  /** Whether `verify` refuses servers that take no writes. */
  readonly isChecked: boolean
  /** The server in use, looked for where it is unknown or in doubt. Rejects with NoPrimaryError. */
  readonly locate: () => Promise<string>
  /** The server in use, or the first one before it is known. */
  readonly current: () => string
  /** A connection broke, or a write was refused: the next `locate` looks again. */
  readonly doubt: () => void
  /** Rejects where a new connection leads to another server than the one in use, or takes no writes. */
  readonly verify: (client: pg.Client) => Promise<void>
  /** Calls back after another server came into use. */
  readonly onMove: (listener: () => void) => void
  /** Looks at all servers every few seconds, and reports rivals and foreign ones. */
  readonly watch: (log: Log) => void
  readonly state: () => ServersState
  /** A sentence about servers that an operator should look at; null: none. */
  readonly warning: () => Promise<string | null>
  readonly close: () => Promise<void>
}

/** A start waits for the slowest server, so that two primaries are noticed. */
const FIRST_WITHIN_MS = 5_000
/** A host that went away without a word must not hold up a fail-over. */
const WITHIN_MS = 1_000
const WATCH_EVERY_MS = 5_000

/** One server, taken as it is. */
const single = (url: string): Servers => ({
  urls: [url],
  isChecked: false,
  locate: async () => url,
  current: () => url,
  doubt: () => {},
  verify: async () => {},
  onMove: () => {},
  watch: () => {},
  state: () => ({
    inUse: nameOfServer(url),
    servers: [{ name: nameOfServer(url), state: 'unknown', isIdentified: false }],
    rivals: [],
    foreign: [],
    moves: 0,
  }),
  warning: async () => null,
  close: async () => {},
})

/** The states found so far, and the server in use. */
const createMemory = (urls: readonly string[]) => {
  const states = new Map<string, ServerState>()
  const identifiers = new Map<string, string>()
  const listeners: (() => void)[] = []
  let inUse: string | null = null
  let moves = 0
  return {
    inUse: () => inUse,
    onMove: (listener: () => void): void => void listeners.push(listener),
    note: (found: readonly Found[]): void => {
      for (const { url, state, system } of found) {
        states.set(url, state)
        if (system !== null) identifiers.set(url, system)
      }
    },
    identifiers,
    use: (url: string): void => {
      const isMove = inUse !== null && inUse !== url
      inUse = url
      if (!isMove) return
      moves++
      for (const listener of listeners) listener()
    },
    state: (): ServersState => ({
      inUse: inUse === null ? null : nameOfServer(inUse),
      servers: urls.map((url) => ({
        name: nameOfServer(url),
        state: states.get(url) ?? 'unknown',
        isIdentified: identifiers.has(url),
      })),
      rivals: urls
        .filter(
          (url) => url !== inUse && states.get(url) === 'primary' && !isForeign(identifiers, url, inUse),
        )
        .map(nameOfServer),
      foreign: urls.filter((url) => isForeign(identifiers, url, inUse)).map(nameOfServer),
      moves,
    }),
  }
}

type Memory = ReturnType<typeof createMemory>

/** @param withLogin gives a URL the login that its connections use */
const lookAt = async (
  urls: readonly string[],
  memory: Memory,
  withLogin: (url: string) => string,
): Promise<string> => {
  const known = memory.inUse()
  const withinMs = known === null ? FIRST_WITHIN_MS : WITHIN_MS
  const probes = urls.map(async (url) => ({ ...(await probeServer(withLogin(url), withinMs)), url }))
  const all = Promise.all(probes)
  const noted = all.then((found) => {
    memory.note(found)
    return found
  })
  // As long as the server in use accepts writes, a slow one beside it holds up no connection.
  const own = await probes[known === null ? -1 : urls.indexOf(known)]
  if (own?.state === 'primary') return own.url
  return choose(await noted, known, memory.identifiers)
}

const createWatch = (look: () => Promise<string>, state: () => ServersState) => {
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | null = null
  let reported = ''
  let isClosed = false
  const report = (log: Log): void => {
    const { inUse, rivals, foreign } = state()
    const found = JSON.stringify({ rivals, foreign })
    if (found !== reported && rivals.length > 0)
      log.error({ inUse, rivals }, 'several servers accept writes; the gateway keeps using the current one')
    if (found !== reported && foreign.length > 0)
      log.error({ inUse, foreign }, 'servers of another cluster are listed; they are never used')
    reported = found
  }
  const again = (log: Log): void => {
    if (isClosed) return
    timer = setTimeout(() => {
      looking = look()
        .then(
          () => report(log),
          (error: unknown) => log.warn({ err: error }, 'no server accepts writes'),
        )
        .finally(() => again(log))
    }, WATCH_EVERY_MS).unref()
  }
  return {
    start: again,
    close: async (): Promise<void> => {
      isClosed = true
      clearTimeout(timer)
      await looking
    },
  }
}

/** Callers share a look. A doubt that comes up during one asks for another one. */
const createLookUp = (memory: Memory, lookOnce: () => Promise<string>) => {
  let isDoubted = false
  let looking: Promise<string> | null = null
  const look = (): Promise<string> => {
    looking ??= lookOnce()
      .then((url) => {
        memory.use(url)
        return url
      })
      .finally(() => {
        looking = null
      })
    return looking
  }
  return {
    look,
    doubt: (): void => {
      isDoubted = true
    },
    locate: async (): Promise<string> => {
      const known = memory.inUse()
      if (known !== null && !isDoubted) return known
      if (looking === null) isDoubted = false
      return look().catch((error: unknown) => {
        isDoubted = true
        throw error
      })
    },
  }
}

const warningOf = ({ inUse, rivals, foreign }: ServersState): string | null => {
  const parts = [
    ...(rivals.length === 0
      ? []
      : [
          `${rivals.join(' and ')} ${rivals.length === 1 ? 'accepts' : 'accept'} writes beside ${inUse}, which is in use.`,
        ]),
    ...(foreign.length === 0
      ? []
      : [`${foreign.join(' and ')} ${foreign.length === 1 ? 'is' : 'are'} not of the cluster of ${inUse}.`]),
  ]
  return parts.length === 0 ? null : `Postgres: ${parts.join(' ')}`
}

const createChecked = (urls: readonly string[], withLogin: (url: string) => string): Servers => {
  const memory = createMemory(urls)
  const { look, locate, doubt } = createLookUp(memory, () => lookAt(urls, memory, withLogin))
  const watch = createWatch(look, memory.state)
  return {
    urls,
    isChecked: true,
    locate,
    current: () => memory.inUse() ?? urls[0] ?? '',
    doubt,
    verify: async (client) => {
      const state = await readState(client)
      const name = nameOfAddress(client)
      if (state === 'primary' && name === memory.state().inUse) return
      doubt()
      throw new NoPrimaryError(
        state === 'primary' ? `${name} is no longer the server in use.` : `${name} ${STATE_TEXTS[state]}.`,
      )
    },
    onMove: memory.onMove,
    watch: watch.start,
    state: memory.state,
    warning: async () => warningOf(memory.state()),
    close: watch.close,
  }
}

/** @param withLogin gives a URL the login that connections and probes use */
export const createServers = (text: string, withLogin: (url: string) => string = (url) => url): Servers => {
  const list = readServers(text)
  if (list === null) throw new Error('The URL of Postgres is invalid.')
  const { urls, isChecked } = list
  return withLoginOf(isChecked ? createChecked(urls, withLogin) : single(urls[0] ?? text), withLogin)
}

/** The same servers, for connections with another login. */
export const withLoginOf = (servers: Servers, withLogin: (url: string) => string): Servers => {
  // Traces ask for the URL with every statement.
  const changed = rememberLatest(withLogin)
  return {
    ...servers,
    urls: servers.urls.map(withLogin),
    locate: async () => changed(await servers.locate()),
    current: () => changed(servers.current()),
  }
}

/** A connection string, or servers that are already known. */
export const serversOf = (given: string | Servers): Servers =>
  typeof given === 'string' ? createServers(given) : given
