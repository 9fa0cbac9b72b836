// Two Postgres servers of which the second one begins as a copy of the first: as its standby with streaming
// replication, or as a server of its own.

import { execFileSync } from 'node:child_process'
import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { type Account, postgresAccount } from '../../sql/embedded/account.ts'
import { findBinaries } from '../../sql/embedded/binaries.ts'
import { createCluster } from '../../sql/embedded/initdb.ts'
import { freePort } from '../../sql/embedded/port.ts'
import { type Postmaster, startPostmaster } from '../../sql/embedded/postmaster.ts'
import { makeScratch } from './scratch.ts'
import { until } from './until.ts'

const PASSWORD = 'pw'
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  shared_buffers: '16MB',
  wal_level: 'replica',
  hot_standby: 'on',
  autovacuum: 'off',
  wal_receiver_status_interval: '1s',
  wal_retrieve_retry_interval: '50ms',
}

export interface Server {
  readonly port: number
  readonly start: () => Promise<void>
  /** Ends sessions, writes a checkpoint, and sends everything to the standby. */
  readonly stop: () => Promise<void>
  /** SIGKILL. */
  readonly kill: () => Promise<void>
  /** Of a stopped server: it starts as a standby of the other one. */
  readonly follow: (port: number) => void
  readonly query: <Row extends pg.QueryResultRow>(text: string, database?: string) => Promise<Row[]>
}

interface Cluster {
  readonly postgres: string
  readonly account: Account | null
  readonly clusterDir: string
  readonly logFile: string
}

const serverIn = (cluster: Cluster, port: number): Server => {
  let postmaster: Postmaster | null = null
  const { clusterDir } = cluster
  return {
    port,
    start: async () => {
      // Backends of a killed server need a moment to notice.
      await until(`port ${port} is served`, async () => {
        rmSync(join(clusterDir, 'postmaster.pid'), { force: true })
        postmaster = await startPostmaster({ ...cluster, port, settings: SETTINGS }).catch(() => null)
        return postmaster !== null
      })
    },
    stop: async () => {
      await postmaster?.stop()
      postmaster = null
    },
    kill: async () => {
      if (postmaster === null) return
      process.kill(postmaster.pid, 'SIGKILL')
      await postmaster.exited
      postmaster = null
    },
    follow: (primary) => {
      writeFileSync(join(clusterDir, 'standby.signal'), '')
      appendFileSync(
        join(clusterDir, 'postgresql.auto.conf'),
        `primary_conninfo = 'host=127.0.0.1 port=${primary} user=postgres password=${PASSWORD}'\n`,
      )
    },
    query: async (text, database = 'postgres') => {
      const client = new pg.Client({ connectionString: urlOf([port], database) })
      await client.connect()
      try {
        return (await client.query(text)).rows
      } finally {
        await client.end()
      }
    },
  }
}

/** Of the superuser, to one server or to several. */
export const urlOf = (ports: readonly number[], database: string): string =>
  `postgres://postgres:${PASSWORD}@${ports.map((port) => `127.0.0.1:${port}`).join()}/${database}`

const preparePair = async () => {
  const directory = await makeScratch('tenantry-pair-')
  const at = (name: string): string => join(directory, name)
  const account = postgresAccount(at('one'))
  const binaries = await findBinaries(account)
  await createCluster({ binaries, account, clusterDir: at('one'), password: PASSWORD })
  const serverOf = async (name: string): Promise<Server> =>
    serverIn(
      { postgres: binaries.postgres, account, clusterDir: at(name), logFile: at(`${name}.log`) },
      await freePort(),
    )
  const [one, two] = [await serverOf('one'), await serverOf('two')]
  return {
    one,
    two,
    /** While the first one is stopped. */
    copy: (): void => void execFileSync('cp', ['-a', at('one'), at('two')]),
    close: async () => {
      await Promise.all([one.stop(), two.stop()])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The standby begins as a copy that was made while the primary was stopped. */
export const startPair = async (database: string) => {
  const { one, two, copy, close } = await preparePair()
  copy()
  two.follow(one.port)
  await one.start()
  await two.start()
  await one.query(`create database ${database}`)
  return { one, two, close }
}

/** Two servers that go on from the same contents. @param fill makes them on the first one */
export const startTwins = async (database: string, fill: (url: string) => Promise<void>) => {
  const { one, two, copy, close } = await preparePair()
  await one.start()
  await one.query(`create database ${database}`)
  await fill(urlOf([one.port], database))
  await one.stop()
  copy()
  await Promise.all([one.start(), two.start()])
  return { one, two, close }
}

/** Everything that the primary has written is on the standby. */
export const untilCaughtUp = (primary: Server, standby: Server): Promise<void> =>
  until('the standby has caught up', async () => {
    const [written] = await primary.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn')
    const [row] = await standby.query<{ isThere: boolean }>(
      `select coalesce(pg_last_wal_replay_lsn() >= '${written?.lsn}', false) as "isThere"`,
    )
    return row?.isThere === true
  })
