// Workspaces on a Citus cluster: `npm run bench:nodes -- --coordinator postgres://postgres@host/app`. The
// directory has `--workspaces 100000` rows; `--made 300` of them have a schema, a table, a key and a record.
// Prints the start of a gateway, looks in the directory, the first request of a workspace and what it keeps;
// requests to one worker and to two beside the same server without Citus; and a move of `--move 300` MB under
// load. It makes databases of its own on all nodes, and drops them. Linux alone, for processor time.

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg, { type Pool } from 'pg'
import { pino } from 'pino'
import { createKeyring } from '../gateway/auth/keyring.ts'
import { openSigningKeys } from '../gateway/auth/signing.ts'
import { createTokens } from '../gateway/auth/token.ts'
import { readConfig } from '../gateway/config.ts'
import { createGateway } from '../gateway/start.ts'
import { settleCitus } from '../sql/citus.ts'
import { gatewayUrl } from '../sql/gatewayRole.ts'
import { migrate } from '../sql/migrate.ts'
import { openCitusDirectory } from '../sql/nodes/citus.ts'
import { createOwnerPool } from '../sql/ownerPool.ts'
import { createServers } from '../sql/servers/servers.ts'
import { createWorkspace } from '../tenants/workspace.ts'
import { asSuperuser, openCitusDatabase } from '../test/support/citus.ts'
import { urlOfDatabase } from '../test/support/database.ts'
import { SECRET_KEY } from '../test/support/environment.ts'
import { type Contender, start } from './contender.ts'
import { line, ms, openHeap, quantiles, timed } from './figures.ts'
import { inParallel } from './inParallel.ts'
import { createToken } from './key.ts'
import { measureRates } from './nodeRates.ts'

const { values: options } = parseArgs({
  options: {
    coordinator: { type: 'string' },
    workspaces: { type: 'string', default: '100000' },
    made: { type: 'string', default: '300' },
    move: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
  },
})

const COMPANY = '0192a6ce-30a1-706e-8166-d6fa6c6a00bb'
const AT_ONCE = 4
const WRITERS = 4
const KB = 1024
const SETTINGS = {
  API_RATE_LIMIT_PER_MINUTE: '10000000',
  CAPTURE: 'demand',
  LOG_LEVEL: 'error',
  CONSOLE: 'off',
} as const

interface Made {
  readonly id: string
  readonly schema: string
  readonly token: string
}

const create = async (pool: Pool, count: number): Promise<readonly Made[]> => {
  const { issue } = createTokens(await openSigningKeys(pool, createKeyring(SECRET_KEY)))
  const made: Made[] = []
  await inParallel(
    count,
    async (index) => {
      const name = `Bench ${index}`
      const { id, schemaName: schema } = await createWorkspace(pool, { name, standardObjects: false })
      await pool.query(
        `create table "${schema}".company (id uuid primary key default gen_random_uuid(), name text)`,
      )
      await pool.query(`insert into "${schema}".company values ($1, 'Acme')`, [COMPANY])
      made[index] = { id, schema, token: await createToken(pool, issue, id) }
    },
    AT_ONCE,
  )
  return made
}

const request = async (origin: string, token: string, path: string, body?: string): Promise<void> => {
  const answer = await fetch(origin + path, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${text}`)
}

type Database = Awaited<ReturnType<typeof openCitusDatabase>>

const measureDirectory = async ({ pool, ownerUrl }: Database, made: readonly Made[]): Promise<void> => {
  const { find } = await openCitusDirectory({
    coordinator: pool,
    servers: createServers(gatewayUrl(ownerUrl, SECRET_KEY)),
    owner: createServers(ownerUrl),
    addresses: new Map(),
  })
  const looks: number[] = []
  for (const { id } of made) looks.push(await timed(() => find(id)))
  line('a look in the directory', quantiles(looks))
}

const measureFirst = async ({ ownerUrl }: Database, made: readonly Made[]): Promise<void> => {
  const config = readConfig({ PORT: '0', ...SETTINGS })
  const beginMs = performance.now()
  const gateway = await createGateway({
    config,
    ownerUrl,
    secretKey: SECRET_KEY,
    log: pino({ level: 'error' }),
  })
  try {
    const origin = await gateway.listen()
    line('start of a gateway, without its imports', ms(performance.now() - beginMs))
    const warm = Math.floor(made.length / 3)
    for (const { token } of made.slice(0, warm)) await request(origin, token, `/rest/companies/${COMPANY}`)
    const heap = openHeap()
    const before = heap()
    const others = made.slice(warm)
    const first: number[] = []
    for (const { token } of others)
      first.push(await timed(() => request(origin, token, `/rest/companies/${COMPANY}`)))
    line('first request of a workspace', quantiles(first))
    line('heap of an open workspace', `${((heap() - before) / others.length / KB).toFixed(1)} KB`)
  } finally {
    await gateway.close()
  }
}

/** @param nodes among which it divides its connections */
const startGateway = (ownerUrl: string, nodes = 1): Promise<Contender> =>
  start(
    'tenantry',
    () => [fileURLToPath(new URL('../gateway/main.ts', import.meta.url))],
    (port) => ({
      ...SETTINGS,
      PORT: String(port),
      DATABASE_URL: ownerUrl,
      SECRET_KEY,
      POOL_SIZE: String(6 * nodes),
    }),
  )

/** Citus' own move, with logical transfer, while writers go on. */
const measureMove = async (pool: Pool, { origin }: Contender, { schema, token }: Made): Promise<void> => {
  const megabytes = Number(options.move)
  await pool.query(`create table "${schema}".bulk (id int primary key, text text)`)
  const filled = `select n, (select string_agg(md5(n::text || i), '') from generate_series(1, 31) i) from generate_series(1, ${megabytes * 1000}) n`
  await pool.query(`insert into "${schema}".bulk ${filled}`)
  const placed = `select n.nodename as host, n.nodeport as port from pg_dist_node n where n.groupid > 0 and n.groupid <> (
    select p.groupid from citus_shards s join pg_dist_placement p using (shardid) where s.table_name = $1::regclass)`
  const { rows } = await pool.query<{ host: string; port: number }>(placed, [`"${schema}".bulk`])
  const [to] = rows
  let isMoving = true
  const times: number[] = []
  const writers = Array.from({ length: WRITERS }, async () => {
    while (isMoving)
      times.push(await timed(() => request(origin, token, '/rest/companies', '{"name":"Acme"}')))
  })
  const moved = await timed(() =>
    pool.query(`select citus_schema_move($1::regnamespace, $2, $3, 'force_logical')`, [
      schema,
      to?.host,
      to?.port,
    ]),
  )
  isMoving = false
  await Promise.all(writers)
  line(
    `move of ${megabytes} MB under ${WRITERS} writers`,
    `${(moved / 1000).toFixed(1)} s; ${times.length} writes, none failed, slowest ${ms(Math.max(...times))}`,
  )
}

const openPlain = async (server: string) => {
  const name = `bench_plain_${process.pid}`
  await asSuperuser(server, (client) => client.query(`create database ${name}`))
  const url = urlOfDatabase(server, name)
  const pool = createOwnerPool(url)
  await migrate(pool, { secretKey: SECRET_KEY })
  return {
    url,
    pool,
    close: async () => {
      await pool.end()
      await asSuperuser(server, (client) => client.query(`drop database ${name} with (force)`))
    },
  }
}

/** Two workspaces on different workers. */
const apart = async (pool: Pool, made: readonly Made[]): Promise<readonly [Made, Made]> => {
  const { rows } = await pool.query<{ schema: string; port: number }>(
    `select split_part(table_name::text, '.', 1) as schema, min(nodeport) as port from citus_shards group by 1`,
  )
  const portOf = new Map(rows.map(({ schema, port }) => [schema, port]))
  const [one] = made
  const other = made.find(({ schema }) => portOf.get(schema) !== portOf.get(one?.schema ?? ''))
  if (one === undefined || other === undefined) throw new Error('All workspaces are on one worker.')
  return [one, other]
}

const main = async (): Promise<void> => {
  const { coordinator } = options
  if (coordinator === undefined) throw new Error('--coordinator is missing: the URL of a superuser.')
  const database = await openCitusDatabase(coordinator)
  const { pool, ownerUrl, workers } = database
  const closing: (() => Promise<unknown>)[] = [database.close]
  try {
    const client = new pg.Client({ connectionString: ownerUrl })
    await client.connect()
    await settleCitus(client)
    await client.end()
    const made = await create(pool, Number(options.made))
    await pool.query(
      `insert into tenantry.workspaces (name, subdomain, schema_name)
       select 'Row ' || n, 'row' || n, 'w_row_' || n from generate_series(1, $1::int) n`,
      [Number(options.workspaces) - made.length],
    )
    await pool.query('analyze tenantry.workspaces')
    console.log(
      `${options.workspaces} workspaces, of which ${made.length} have a schema\n\n| measure | result |\n|---|---|`,
    )
    await measureDirectory(database, made)
    await measureFirst(database, made)
    const [one, other] = await apart(pool, made)
    const cluster = await startGateway(ownerUrl, workers.length + 1)
    closing.unshift(cluster.stop)
    await measureMove(pool, cluster, one)
    const plain = await openPlain(workers[0] ?? '')
    closing.unshift(plain.close)
    const [alone] = await create(plain.pool, 1)
    const single = await startGateway(plain.url)
    closing.unshift(single.stop)
    const databases = [ownerUrl, ...workers]
    await measureRates(
      [
        {
          name: 'the same server without Citus',
          gateway: single,
          tokens: [alone?.token ?? ''],
          databases: [plain.url],
        },
        { name: 'one worker', gateway: cluster, tokens: [other.token], databases },
        { name: 'two workers', gateway: cluster, tokens: [one.token, other.token], databases },
      ],
      {
        path: `/rest/companies/${COMPANY}`,
        seconds: Number(options.seconds),
        rounds: Number(options.rounds),
      },
    )
  } finally {
    for (const close of closing) await close()
  }
}

await main()
