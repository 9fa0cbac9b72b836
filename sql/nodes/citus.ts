// Workspaces on a Citus cluster with schema-based sharding. Citus places, moves and rebalances schemas; its
// catalogs on the coordinator name the node of each. A schema that Citus does not distribute is on the
// coordinator, which is a node like the others.

import type pg from 'pg'
import { nameOfAddress, nameOfServer } from '../servers/hosts.ts'
import { createServers, type Servers } from '../servers/servers.ts'
import { HOLDS_SCHEMA, READS_SCHEMA } from './fence.ts'
import type { Directory, NodeAddress } from './nodePlacement.ts'

/** A node, as `pg_dist_node` has it. */
interface NodeRow {
  readonly host: string
  readonly port: number
  readonly isCoordinator: boolean
}

/** A schema of a node that `pg_dist_node` does not have any more. */
interface LostRow {
  readonly host: null
  readonly isCoordinator: boolean
}

/** Addresses at which the gateway sees nodes, by those of `pg_dist_node`: `host:port`. */
type NodeAddresses = ReadonlyMap<string, string>

export interface CitusOptions {
  readonly coordinator: pg.Pool
  /** Of the coordinator, with the login that connections to nodes use. */
  readonly servers: Servers
  /** The same with the owner's login. */
  readonly owner: Servers
  readonly addresses: NodeAddresses
}

interface CitusNode extends NodeAddress {
  readonly isCoordinator: boolean
}

/** The coordinator's own row may be missing, and has an address of the cluster's network. */
const COORDINATOR: NodeRow = { host: '', port: 0, isCoordinator: true }

const NODES_SQL = `select n.nodename as host, n.nodeport as port, n.groupid = 0 as "isCoordinator"
  from pg_catalog.pg_dist_node n where n.isactive and n.noderole = 'primary' order by n.groupid`

const FIND_SQL = `select n.nodename as host, n.nodeport as port, coalesce(held.groupid, 0) = 0 as "isCoordinator"
  from tenantry.workspaces w
  join pg_catalog.pg_namespace s on s.nspname = w.schema_name
  left join pg_catalog.pg_dist_schema d on d.schemaid = s.oid
  left join lateral (
    select x.groupid from pg_catalog.pg_dist_partition p
    join pg_catalog.pg_dist_shard h on h.logicalrelid = p.logicalrelid
    join pg_catalog.pg_dist_placement x on x.shardid = h.shardid
    where p.colocationid = d.colocationid limit 1
  ) held on true
  left join pg_catalog.pg_dist_node n on n.groupid = held.groupid and n.noderole = 'primary'
  where w.id = $1`

const MOMENT_SQL = `select pg_current_snapshot() || ' ' || coalesce(max(placementid), 0) as moment from pg_catalog.pg_dist_placement`

/** Of placements: numbers that were given to moves and tables which were committed after higher ones. */
const LATE_PLACEMENTS = 10_000

/** Whether a row was there at the moment of `$1`. `xmin` has the lower 32 bits of a number. */
const wasThere = (row: string): string => `pg_visible_in_snapshot((
    ((now.id >> 32) << 32) + ${row}.xmin::text::int8 - case when ${row}.xmin::text::int8 > now.id & 4294967295 then 4294967296 else 0 end
  )::text::xid8, $1::pg_snapshot)`

/** A move ends with new placements of all tables; a new table has one beside earlier ones. */
const MOVED_SQL = `with now as materialized (select pg_snapshot_xmax(pg_current_snapshot())::text::int8 as id),
  recent as (
    select distinct p.colocationid from now cross join pg_catalog.pg_dist_placement x
    join pg_catalog.pg_dist_shard h on h.shardid = x.shardid
    join pg_catalog.pg_dist_partition p on p.logicalrelid = h.logicalrelid
    where x.placementid > $2::int8 - ${LATE_PLACEMENTS} and not ${wasThere('x')}
  )
  select w.id from recent r cross join now
  join pg_catalog.pg_dist_schema d on d.colocationid = r.colocationid
  join pg_catalog.pg_namespace s on s.oid = d.schemaid
  join tenantry.workspaces w on w.schema_name = s.nspname
  where not exists (
    select from pg_catalog.pg_dist_partition p
    join pg_catalog.pg_dist_shard h on h.logicalrelid = p.logicalrelid
    join pg_catalog.pg_dist_placement x on x.shardid = h.shardid
    where p.colocationid = r.colocationid and ${wasThere('x')}
  )`

/** As `shard_name` of Citus writes them, without the schema. */
const SHARDS_SQL = `select c.relname::text as name,
    (pg_catalog.parse_ident(pg_catalog.shard_name(c.oid, h.shardid)))[2] as shard
  from pg_catalog.pg_namespace s
  join pg_catalog.pg_dist_schema d on d.schemaid = s.oid
  join pg_catalog.pg_dist_partition p on p.colocationid = d.colocationid
  join pg_catalog.pg_dist_shard h on h.logicalrelid = p.logicalrelid
  join pg_catalog.pg_class c on c.oid = p.logicalrelid
  where s.nspname = $1`

/** The URL of a node: the coordinator's, with the host and port of the node. */
const urlOn = (coordinator: string, { host, port }: NodeRow, addresses: NodeAddresses): string => {
  const url = new URL(coordinator)
  const authority = addresses.get(nameOfAddress({ host, port })) ?? nameOfAddress({ host, port })
  url.searchParams.delete('host')
  url.searchParams.delete('port')
  // The setter of a URL without a host ignores it.
  const { protocol, username, password, pathname, search } = url
  const login = username === '' ? '' : `${username}${password === '' ? '' : `:${password}`}@`
  return `${protocol}//${login}${authority}${pathname}${search}`
}

/** The servers of nodes, one object for each address. */
const createNodes = ({ servers, owner, addresses }: Omit<CitusOptions, 'coordinator'>) => {
  const known = new Map<string, CitusNode>()
  const coordinator: CitusNode = {
    name: nameOfServer(servers.current()),
    servers,
    owner: null,
    isCoordinator: true,
  }
  return (row: NodeRow): CitusNode => {
    if (row.isCoordinator) return coordinator
    const url = urlOn(servers.current(), row, addresses)
    const node = known.get(url) ?? {
      // Of the cluster, and so the same in all gateways: the positions of change logs are kept under it.
      name: nameOfAddress(row),
      servers: createServers(url),
      owner: createServers(urlOn(owner.current(), row, addresses)),
      isCoordinator: false,
    }
    known.set(url, node)
    return node
  }
}

/** The nodes of a cluster, each with the login of `servers`. */
export const openNodes = ({ coordinator, ...options }: CitusOptions) => {
  const nodeOf = createNodes(options)
  return {
    nodeOf,
    /** The active ones, the coordinator first. */
    read: async (): Promise<readonly CitusNode[]> => {
      const { rows } = await coordinator.query<NodeRow>(NODES_SQL)
      return [...new Set([COORDINATOR, ...rows].map(nodeOf))]
    },
  }
}

/** Where the workspaces of a cluster are. */
export const openCitusDirectory = async (options: CitusOptions): Promise<Directory> => {
  const { coordinator } = options
  const { nodeOf, read } = openNodes(options)
  return {
    holdsSchema: HOLDS_SCHEMA,
    readsSchema: READS_SCHEMA,
    nodes: await read(),
    moment: async () => {
      const { rows } = await coordinator.query<{ moment: string }>(MOMENT_SQL)
      return rows[0]?.moment ?? ''
    },
    movedSince: async (moment) => {
      const moved = await coordinator.query<{ id: string }>(MOVED_SQL, moment.split(' '))
      return moved.rows.map(({ id }) => id)
    },
    shardsOf: async (schema) => {
      const shards = await coordinator.query<{ name: string; shard: string }>(SHARDS_SQL, [schema])
      return shards.rows.length === 0
        ? undefined
        : new Map(shards.rows.map(({ name, shard }) => [name, shard]))
    },
    find: async (workspaceId) => {
      const found = await coordinator.query<NodeRow | LostRow>(FIND_SQL, [workspaceId])
      const [row] = found.rows
      if (row === undefined) return null
      if (row.host !== null) return nodeOf(row)
      return row.isCoordinator ? nodeOf(COORDINATOR) : null
    },
  }
}
