// Settings of the log and of operators.

import { parseWindow } from '../maintenanceWindow.ts'
import { hostsIn, idsIn, integer, matching, number, oneOf, type SettingRows } from '../setting.ts'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Each is four series. */
const MOST_WORKSPACES = 50

export const OPERATION = {
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
    'Requests that take at least this many milliseconds are logged as warnings with `isSlow`; 0 turns this off. Streams, and the time that `wait` waits, do not count.',
  ),
  loggedPercent: number(
    'LOG_SAMPLE_PERCENT',
    100,
    [0, 100],
    'Percentage of successful requests in the log. Failed, aborted and slow requests are always logged.',
  ),
  adminPort: {
    variable: 'ADMIN_PORT',
    defaultText: 'off',
    accepts: 'off, or an integer from 0 to 65535',
    meaning:
      'TCP port for the probes `/live`, `/ready`, `/startup` and for `/metrics`, separate from the API; 0 picks a free one.',
    parse: (text) => (text === 'off' ? null : integer(0, 65535)(text)),
    absent: null,
  },
  adminHost: {
    variable: 'ADMIN_HOST',
    defaultText: '127.0.0.1',
    accepts: 'a host name or an IP address',
    meaning: 'Address that ADMIN_PORT listens on; METRICS_TOKEN is required unless it is a loopback address.',
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
      'Host names of ADMIN_PORT in addition to `localhost` and ADMIN_HOST, for the operator API and for `/metrics` without a token.',
    parse: hostsIn,
    absent: [],
  },
  metricsToken: {
    variable: 'METRICS_TOKEN',
    defaultText: null,
    accepts: 'at least 16 characters without spaces',
    meaning: 'Bearer token for `/metrics`. Default: none, so only the address and the host name protect it.',
    isSecret: true,
    parse: matching((text) => /^\S{16,}$/.test(text)),
    absent: null,
  },
  metricsWorkspaces: {
    variable: 'METRICS_WORKSPACES',
    defaultText: null,
    accepts: `at most ${MOST_WORKSPACES} ids of workspaces, separated by commas`,
    meaning:
      'Workspaces that have metrics of their own (`tenantry_workspace_*`); all others share the label `_other`. Default: none.',
    parse: idsIn(MOST_WORKSPACES),
    absent: [],
  },
  operatorKey: {
    variable: 'OPERATOR_KEY',
    defaultText: null,
    accepts: 'a key that `tenantry operator key create` printed',
    meaning:
      'Operator key for commands that call a running gateway: `ps`, `cancel`, `top`, `explain`, `changes`, `webhook`.',
    isSecret: true,
    parse: matching((text) => /^\S{16,}$/.test(text)),
    absent: null,
  },
  maintenanceWindow: {
    variable: 'MAINTENANCE_WINDOW',
    defaultText: null,
    accepts: 'two times of the day, UTC, such as `22:00-04:30`',
    meaning:
      'Time of day when builds of indexes and validations of tables with 10,000 records or more may start. Default: any time.',
    parse: matching((text) => parseWindow(text) !== undefined),
    absent: null,
  },
} as const satisfies SettingRows
