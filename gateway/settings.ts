// The settings: one table for parsing (config.ts) and docs/configuration.md. Each row has the variable, the
// accepted values, the meaning and the default. secretKey.ts supplies a missing SECRET_KEY.

import {
  allowedHostsIn,
  hostsIn,
  integer,
  isProxyUrl,
  isUrl,
  matching,
  number,
  oneOf,
  onOff,
  originsIn,
  postgresUrl,
  type Setting,
} from './setting.ts'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
/** As many CPUs as a machine is likely to have. */
export const MOST_PROCESSES = 64
export type LogLevel = (typeof LOG_LEVELS)[number]

export const SETTINGS = {
  port: number('PORT', 3000, [0, 65535], 'TCP port of the gateway; 0 takes a free one.'),
  host: {
    variable: 'HOST',
    defaultText: '127.0.0.1',
    accepts: 'a host name or an IP address',
    meaning: 'Address to listen on; `0.0.0.0` or `::` accepts connections from the network.',
    parse: matching((text) => /^[A-Za-z0-9_.:-]+$/.test(text)),
    absent: '127.0.0.1',
  },
  publicUrl: {
    variable: 'PUBLIC_URL',
    defaultText: null,
    accepts: 'an http:// or https:// URL',
    meaning: 'Public address of the gateway, if it differs from `http://HOST:PORT`.',
    parse: (text) => (isUrl('http:', 'https:')(text) ? text.replace(/\/+$/, '') : undefined),
    absent: null,
  },
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
  logLevel: {
    variable: 'LOG_LEVEL',
    defaultText: 'info',
    accepts: `one of ${LOG_LEVELS.join(', ')}`,
    meaning: 'Minimum level of the log, written to stderr as JSON. `info` includes one line per request.',
    parse: oneOf(LOG_LEVELS),
    absent: 'info',
  },
  slowLogMs: number(
    'LOG_SLOW_MS',
    0,
    [0, 600_000],
    'Milliseconds from which a request is logged as a warning with `isSlow`; 0 never. Streams are never slow.',
  ),
  loggedPercent: number(
    'LOG_SAMPLE_PERCENT',
    100,
    [0, 100],
    'Percentage of successful requests in the log. Failed, aborted and slow requests are always logged.',
  ),
  servesConsole: onOff(
    'CONSOLE',
    'Whether to serve the console, and build it at the start if it is missing.',
  ),
  servesDocs: onOff('DOCS', 'Whether to serve the documentation at /docs, if it is built.'),
  processes: {
    variable: 'PROCESSES',
    defaultText: '1',
    accepts: `auto, or an integer from 1 to ${MOST_PROCESSES}`,
    meaning:
      'Processes that serve requests; `auto` starts one for each CPU that the machine or its container allows.',
    parse: (text) => (text === 'auto' ? 'auto' : integer(1, MOST_PROCESSES)(text)),
    absent: 1,
  },
  processTimeoutSeconds: number(
    'PROCESS_TIMEOUT_SECONDS',
    30,
    [1, 3600],
    'Time after which one of several processes whose event loop does not respond is killed and replaced, in seconds.',
  ),
  connections: number('POOL_SIZE', 3, [1, 64], 'Pipelined Postgres connections, shared by all requests.'),
  poolGrowth: number(
    'POOL_GROWTH',
    4,
    [0, 16],
    'Further connections for each of POOL_SIZE, opened while many workspaces are in use: a connection holds up to 160 MB of what Postgres has read and planned for them.',
  ),
  rateLimitPerMinute: number(
    'API_RATE_LIMIT_PER_MINUTE',
    100,
    [1, 10_000_000],
    'Requests per minute of one API key.',
  ),
  sessionRateLimitPerMinute: number(
    'SESSION_RATE_LIMIT_PER_MINUTE',
    600,
    [1, 10_000_000],
    'Requests per minute of one signed-in person.',
  ),
  workspaceRateLimitPerMinute: number(
    'WORKSPACE_RATE_LIMIT_PER_MINUTE',
    0,
    [0, 100_000_000],
    'Requests per minute of all keys of one workspace together; 0 means no limit.',
  ),
  maxBatchRecords: number('MAX_BATCH', 60, [1, 200], 'Maximum number of records in one batch.'),
  maxConcurrentStatements: number(
    'WORKSPACE_MAX_STATEMENTS',
    4,
    [1, 64],
    'Slow statements of one workspace that run at the same time; further ones wait.',
  ),
  requestTimeoutMs: number(
    'REQUEST_TIMEOUT_MS',
    15_000,
    [100, 600_000],
    'Milliseconds after which Postgres stops a statement.',
  ),
  bodyLimitBytes: number(
    'BODY_LIMIT_BYTES',
    1_048_576,
    [1024, 104_857_600],
    'Maximum size of a request body in bytes, after decompression.',
  ),
  cacheMemoryMb: {
    variable: 'CACHE_MEMORY_MB',
    defaultText: null,
    accepts: 'an integer from 16 to 1048576',
    meaning:
      'Memory of all caches together, in MB. Default: two fifths of the heap limit beyond 128 MB or a fifth of the container, at most 1024.',
    parse: integer(16, 1_048_576),
    absent: null,
  },
  auditDays: {
    variable: 'AUDIT_RETENTION_DAYS',
    defaultText: null,
    accepts: 'an integer from 30 to 36500',
    meaning:
      'Days that the audit log is kept, and keys after they ended. Default: 400; an upgraded installation keeps all of its audit log.',
    parse: integer(30, 36_500),
    absent: null,
  },
  graceDays: number('WORKSPACE_GRACE_DAYS', 7, [0, 365], 'Days that a deleted workspace can be restored.'),
  capture: {
    variable: 'CAPTURE',
    defaultText: 'on',
    accepts: 'on or demand',
    meaning:
      'Whether the changes of all tables are logged, or only those of workspaces and objects with capture or history on.',
    parse: oneOf(['on', 'demand'] as const),
    absent: 'on',
  },
  feedRetentionDays: number('FEED_RETENTION_DAYS', 7, [1, 365], 'Days that the change feed is kept.'),
  feedMaxMb: number(
    'FEED_MAX_MB',
    0,
    [0, 10_000_000],
    'Size of the change feed in MB beyond which its oldest day is dropped early; 0 means no limit.',
  ),
  drainDelaySeconds: number(
    'DRAIN_DELAY_SECONDS',
    0,
    [0, 300],
    'Seconds that the gateway goes on serving after SIGTERM, while `/readyz` answers 503, so that balancers send requests elsewhere.',
  ),
  maxWebhooks: number('MAX_WEBHOOKS', 100, [0, 10_000], 'Webhooks that a workspace may have.'),
  outboundAllowedHosts: {
    variable: 'OUTBOUND_ALLOWED_HOSTS',
    defaultText: null,
    accepts: 'names, addresses or CIDRs separated by commas',
    meaning:
      'Private hosts that webhooks may reach. Link-local addresses, the database, Redis and the gateway itself are never reached.',
    parse: allowedHostsIn,
    absent: [],
  },
  outboundProxy: {
    variable: 'OUTBOUND_PROXY',
    defaultText: null,
    accepts: 'an http:// or https:// URL, with special characters of the password percent-encoded',
    meaning: 'Forward proxy for webhooks, so that they come from its addresses.',
    isSecret: true,
    parse: matching(isProxyUrl),
    absent: null,
  },
  maxStreams: number('MAX_STREAMS', 1_000, [0, 100_000], 'Streams of changes that one gateway keeps open.'),
  maxStreamsPerCaller: number(
    'MAX_STREAMS_PER_KEY',
    20,
    [0, 100_000],
    'Streams of changes that one key or one person may have open at a gateway.',
  ),
  corsOrigins: {
    variable: 'CORS_ORIGINS',
    defaultText: '*',
    accepts: '*, off, or origins such as https://app.example separated by commas',
    meaning:
      'Origins whose web pages may call the API with a key; `off` allows none. Cookies of the console never work from another origin.',
    parse: originsIn,
    absent: '*',
  },
  adminPort: {
    variable: 'ADMIN_PORT',
    defaultText: 'off',
    accepts: 'off, or an integer from 0 to 65535',
    meaning:
      'TCP port of the probes `/live`, `/ready`, `/startup` and of `/metrics`, apart from the API; 0 takes a free one.',
    parse: (text) => (text === 'off' ? null : integer(0, 65535)(text)),
    absent: null,
  },
  adminHost: {
    variable: 'ADMIN_HOST',
    defaultText: '127.0.0.1',
    accepts: 'a host name or an IP address',
    meaning: 'Address that ADMIN_PORT listens on; other than loopback, it needs METRICS_TOKEN.',
    parse: matching((text) => /^[A-Za-z0-9_.:-]+$/.test(text)),
    absent: '127.0.0.1',
  },
  adminApi: {
    variable: 'ADMIN_API',
    defaultText: 'public',
    accepts: 'public or private',
    meaning:
      'Where the operator API and the pages of operators are served: on PORT, or on ADMIN_PORT alone (`private`).',
    parse: oneOf(['public', 'private'] as const),
    absent: 'public',
  },
  adminAllowedHosts: {
    variable: 'ADMIN_ALLOWED_HOSTS',
    defaultText: null,
    accepts: 'host names separated by commas',
    meaning:
      'Host names of ADMIN_PORT beside `localhost` and ADMIN_HOST, for the operator API and for `/metrics` without a token.',
    parse: hostsIn,
    absent: [],
  },
  metricsToken: {
    variable: 'METRICS_TOKEN',
    defaultText: null,
    accepts: 'at least 16 characters without spaces',
    meaning: 'Bearer token for `/metrics`. Default: only the address and host name protect it.',
    isSecret: true,
    parse: matching((text) => /^\S{16,}$/.test(text)),
    absent: null,
  },
  operatorKey: {
    variable: 'OPERATOR_KEY',
    defaultText: null,
    accepts: 'a key that `tenantry operator key create` printed',
    meaning:
      'Operator key for commands that ask a running gateway: `ps`, `cancel`, `top`, `explain`, `changes`, `webhook`.',
    isSecret: true,
    parse: matching((text) => /^\S{16,}$/.test(text)),
    absent: null,
  },
  trustedProxies: number(
    'TRUSTED_PROXIES',
    0,
    [0, 10],
    'Reverse proxies in front of the gateway whose `X-Forwarded-For` is trusted.',
  ),
} as const satisfies Readonly<
  Record<string, Setting<string | number | boolean | LogLevel | readonly string[] | null>>
>
