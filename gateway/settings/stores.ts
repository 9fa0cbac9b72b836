// Settings of what the gateway stands on.

import { isUrl, matching, number, postgresUrl, type SettingRows } from '../setting.ts'

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
    'Postgres 15 to 18, as a role that may create schemas and roles. Of several hosts, the one that accepts writes is used. Default: an embedded Postgres 18.',
  ),
  directDatabaseUrl: postgresUrl(
    'DIRECT_DATABASE_URL',
    'Postgres itself, where DATABASE_URL leads through a connection pooler in transaction mode: for everything but the statements of requests.',
  ),
  connections: number('POOL_SIZE', 3, [1, 64], 'Pipelined Postgres connections, shared by all requests.'),
  poolGrowth: number(
    'POOL_GROWTH',
    4,
    [0, 16],
    'Further connections for each of POOL_SIZE, opened while many workspaces are in use: a connection holds up to 160 MB of what Postgres has read and planned for them.',
  ),
  redisUrl: {
    variable: 'REDIS_URL',
    defaultText: null,
    accepts: 'a redis:// or rediss:// URL',
    meaning:
      'Redis, through which several gateways share rate limits. Default: each gateway counts on its own.',
    isSecret: true,
    parse: matching(isUrl('redis:', 'rediss:')),
    absent: null,
  },
  secretKey: {
    variable: 'SECRET_KEY',
    defaultText: null,
    accepts: 'at least 32 characters',
    meaning:
      'Protects the signing keys and the request role. Default: generated once and kept in `DATA_DIR/secret_key`.',
    isSecret: true,
    parse: matching((text) => text.length >= 32),
    absent: null,
  },
  previousSecretKey: {
    variable: 'SECRET_KEY_PREVIOUS',
    defaultText: null,
    accepts: 'at least 32 characters',
    meaning: 'The key before `SECRET_KEY`, while it is replaced ([rotate keys](how-to/rotate-keys.md)).',
    isSecret: true,
    parse: matching((text) => text.length >= 32),
    absent: null,
  },
} as const satisfies SettingRows
