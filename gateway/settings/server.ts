// Settings of the server and its processes.

import {
  integer,
  isUrl,
  matching,
  number,
  onOff,
  originsIn,
  proxiesIn,
  type SettingRows,
} from '../setting.ts'

/** As many CPUs as a machine is likely to have. */
export const MOST_PROCESSES = 64

export const SERVER = {
  port: number('PORT', 3000, [0, 65535], 'TCP port of the gateway; 0 picks a free one.'),
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
  trustedProxies: {
    variable: 'TRUSTED_PROXIES',
    defaultText: '0',
    accepts: 'an integer from 0 to 10, or addresses and CIDRs separated by commas',
    meaning:
      'Reverse proxies in front of the gateway whose `X-Forwarded-For` is trusted: how many each request passes, or from where they connect.',
    parse: proxiesIn,
    absent: 0,
  },
  corsOrigins: {
    variable: 'CORS_ORIGINS',
    defaultText: '*',
    accepts: '*, off, or origins such as https://app.example separated by commas',
    meaning:
      'Origins whose web pages may call the API with a key; `off` allows none. Cookies of the console never work from another origin.',
    parse: originsIn,
    absent: '*',
  },
  servesConsole: onOff(
    'CONSOLE',
    'Whether to serve the console, and build it at the start if it is missing.',
  ),
  servesDocs: onOff('DOCS', 'Whether to serve the documentation at `/docs`, if it is built.'),
  processes: {
    variable: 'PROCESSES',
    defaultText: '1',
    accepts: `auto, or an integer from 1 to ${MOST_PROCESSES}`,
    meaning:
      'Number of processes that serve requests; `auto` starts one for each CPU of the machine or container.',
    parse: (text) => (text === 'auto' ? 'auto' : integer(1, MOST_PROCESSES)(text)),
    absent: 1,
  },
  processTimeoutSeconds: number(
    'PROCESS_TIMEOUT_SECONDS',
    30,
    [1, 3600],
    'Seconds after which a process whose event loop does not respond is killed and replaced, if there are several.',
  ),
  drainDelaySeconds: number(
    'DRAIN_DELAY_SECONDS',
    0,
    [0, 300],
    'Seconds that the gateway keeps serving after SIGTERM, while `/readyz` returns 503, so that load balancers send requests elsewhere.',
  ),
  cacheMemoryMb: {
    variable: 'CACHE_MEMORY_MB',
    defaultText: null,
    accepts: 'an integer from 16 to 1048576',
    meaning:
      'Memory limit of all caches together, in MB. Default: two fifths of the heap limit above 128 MB, or a fifth of the container; at most 1024.',
    parse: integer(16, 1_048_576),
    absent: null,
  },
} as const satisfies SettingRows
