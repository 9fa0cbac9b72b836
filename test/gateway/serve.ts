// Serves an app of the gateway's own parts on a free port for one test. The handlers behind the authorisation
// are the test's own: they stand for REST and GraphQL, which have their own tests.

import { connect } from 'node:net'
import { Writable } from 'node:stream'
import type { ExecutionContext } from 'ava'
import { createApp } from '../../gateway/app.ts'
import type { Handler } from '../../gateway/entry/authorise.ts'
import { Problem } from '../../gateway/error/problem.ts'
import type { Context } from '../../gateway/http/context.ts'
import { obstacleOf, type Phase } from '../../gateway/http/health.ts'
import type { AccessLog } from '../../gateway/http/identify.ts'
import { createLog } from '../../gateway/http/log.ts'
import { createHttpServer } from '../../gateway/http/server.ts'
import { withoutAuthorisation } from '../../gateway/http/surface.ts'
import { createMemoryCounter } from '../../gateway/limits/counter.ts'
import { createThrottle, type RateLimitSubject, type Throttle } from '../../gateway/limits/throttle.ts'
import { createRoutes } from '../../gateway/routes.ts'
import type { LogLevel } from '../../gateway/settings/operation.ts'

export const WORKSPACE_ID = '0199aaaa-0000-7000-8000-000000000001'

export interface Served {
  readonly url: string
  readonly port: number
  readonly logged: () => readonly Readonly<Record<string, unknown>>[]
  readonly close: (drainMs: number) => Promise<void>
  readonly idle: (mostMs: number) => Promise<void>
}

interface ServeOptions {
  readonly rest?: Handler<RateLimitSubject>
  readonly graphql?: Handler<RateLimitSubject>
  readonly throttle?: Throttle
  readonly isDatabaseThere?: () => Promise<boolean>
  readonly phase?: () => Phase
  readonly isHttps?: boolean
  readonly trustedProxies?: number | readonly string[]
  readonly level?: LogLevel
  readonly accessLog?: AccessLog
}

export const inProcessThrottle = (perKey: number, perWorkspace = 0): Throttle =>
  createThrottle({
    createCounter: (name, windowSeconds) => createMemoryCounter({ name, windowSeconds }),
    perKey,
    perWorkspace,
  })

/** A bearer token `<key>` is a key of that id; `wrong` and nothing are refused. */
const authenticate = async ({ req }: Context): Promise<RateLimitSubject> => {
  const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1]
  if (token === undefined) throw new Problem('UNAUTHENTICATED', 'Missing authentication token')
  if (token === 'wrong') throw new Problem('UNAUTHENTICATED', 'Token invalid.')
  return { callerId: token, workspaceId: WORKSPACE_ID }
}

const answerOk: Handler<RateLimitSubject> = async (ctx, caller) => {
  ctx.body = { data: { key: caller.callerId } }
}

const absent = async (): Promise<never> => {
  throw new Error('This surface is not part of the test.')
}

export const serve = async (t: ExecutionContext, options: ServeOptions = {}): Promise<Served> => {
  const lines: string[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  })
  const { log } = createLog(options.level ?? 'info', { stream: sink })
  const rest = options.rest ?? answerOk
  const routes = createRoutes<RateLimitSubject, RateLimitSubject, null>({
    health: {
      obstacle: obstacleOf(options.isDatabaseThere ?? (async () => true)),
      phase: options.phase ?? (() => 'serving'),
    },
    authorisation: {
      authenticate,
      throttle: options.throttle ?? inProcessThrottle(1_000_000),
      open: async (caller) => caller,
    },
    root: absent,
    keySet: absent,
    console: { session: { show: absent, signIn: absent, signOut: absent }, usage: absent, audit: absent },
    admin: { authorise: withoutAuthorisation, rows: [] },
    documents: [],
    metadata: [],
    changes: [],
    streams: [],
    authenticateStream: authenticate,
    records: [{ pattern: '/rest/{...}', methods: {}, otherwise: rest }],
    retry: async (_handle, _ctx, _context, failure) => {
      throw failure
    },
    graphql: { handle: options.graphql ?? answerOk, isUpgrade: () => false, openSocket: absent },
    metadataGraphql: { handle: absent, isPublic: async () => false },
  })
  const app = createApp({
    log,
    ...(options.accessLog === undefined ? {} : { accessLog: options.accessLog }),
    isHttps: options.isHttps ?? false,
    trustedProxies: options.trustedProxies ?? 0,
    routes,
  })
  const server = createHttpServer(app.callback())
  const port = await server.listen(0, '127.0.0.1')
  t.teardown(() => server.close(0))
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    logged: () => lines.map((line): Record<string, unknown> => JSON.parse(line)),
    close: server.close,
    idle: app.idle,
  }
}

/** Sends bytes as they are and returns everything that comes back until the server closes. */
export const sendRaw = (port: number, bytes: string | Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      answer += text
    })
    socket.on('close', () => resolve(answer))
    // A reset after an answer is how a server ends a connection it is done with.
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)))
    socket.setTimeout(10_000, () => socket.destroy(new Error('no response within 10 s')))
  })

export const withKey = (key: string): { headers: { authorization: string } } => ({
  headers: { authorization: `Bearer ${key}` },
})
