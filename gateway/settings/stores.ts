// Settings of what the gateway stands on.

import { addressPairs, isUrl, matching, number, postgresUrl, type SettingRows } from '../setting.ts'

export const STORES = {
  dataDir: {
    variable: 'DATA_DIR',
    defaultText: '.data',
    accepts: 'a path',
    meaning: 'Directory of the embedded Postgres and the generated secret.',
    parse: matching((path) => !path.includes('\0')),
    absent: '.data',
  },
  databaseUrl: postgresUrl(
    'DATABASE_URL',
    'URL of Postgres 15 to 18, with a role that may create schemas and roles. With several hosts, the one that accepts writes is used. Default: an embedded Postgres 18.',
  ),
  directDatabaseUrl: postgresUrl(
    'DIRECT_DATABASE_URL',
    'URL of Postgres itself, if DATABASE_URL goes through a connection pooler in transaction mode. Used for everything except the statements of requests.',
  ),
  citusNodeAddresses: {
    variable: 'CITUS_NODE_ADDRESSES',
    defaultText: null,
    accepts: 'pairs such as `10.0.0.5:5432=db5.example.com:5432`, separated by commas',
    meaning:
      'Where the gateway reaches the nodes of a Citus cluster whose addresses in `pg_dist_node` (before the `=`) only hold inside the cluster.',
    parse: addressPairs,
    absent: [],
  },
  authMaxStaleSeconds: number(
    'AUTH_MAX_STALE',
    60,
    [0, 3_600],
    'Seconds for which requests go on with cached keys, roles and models while the coordinator of a Citus cluster is away. A key that is revoked meanwhile is accepted for as long.',
  ),
  connections: number('POOL_SIZE', 3, [1, 64], 'Pipelined Postgres connections, shared by all requests.'),
  poolGrowth: number(
    'POOL_GROWTH',
    4,
    [0, 16],
    'Additional connections for each of POOL_SIZE, opened while many workspaces are in use or small writes wait. A connection holds up to 160 MB of catalog data and plans.',
  ),
  databaseWaitMs: number(
    'DATABASE_WAIT_MS',
    10_000,
    [1_000, 60_000],
    'Milliseconds that a request waits for a Postgres that cannot be reached or does not answer, before it gets 503.',
  ),
  redisUrl: {
    variable: 'REDIS_URL',
    defaultText: null,
    accepts: 'a redis:// or rediss:// URL',
    meaning:
      'URL of a Redis through which gateways share rate limits. Default: each gateway counts on its own.',
    isSecret: true,
    parse: matching(isUrl('redis:', 'rediss:')),
    absent: null,
  },
  secretKey: {
    variable: 'SECRET_KEY',
    defaultText: null,
    accepts: 'at least 32 characters',
    meaning:
      'Encrypts the signing keys and webhook secrets, and protects the login role of requests. Default: generated once and kept in `DATA_DIR/secret_key`.',
    isSecret: true,
    parse: matching((text) => text.length >= 32),
    absent: null,
  },
  previousSecretKey: {
    variable: 'SECRET_KEY_PREVIOUS',
    defaultText: null,
    accepts: 'at least 32 characters',
    meaning: 'The previous `SECRET_KEY`, while it is being replaced ([rotate keys](how-to/rotate-keys.md)).',
    isSecret: true,
    parse: matching((text) => text.length >= 32),
    absent: null,
  },
} as const satisfies SettingRows
