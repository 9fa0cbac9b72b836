// The gateway's side of the console, wired: handlers below /console, and the pages, if they are served.

import type { Pool } from 'pg'
import type { Callers } from '../auth/callers.ts'
import type { Config } from '../config.ts'
import { createAuthentication } from '../entry/authorise.ts'
import type { ReadJson } from '../http/body.ts'
import type { PublicHandler } from '../http/context.ts'
import type { Throttle } from '../limits/throttle.ts'
import type { Meter } from '../usage/meter.ts'
import { createAuditRoute } from './audit.ts'
import { type BuildState, CONSOLE_DIRECTORY } from './build.ts'
import { createConsoleFiles } from './files.ts'
import { createPages, type SendPage } from './pages.ts'
import { createSessionRoute, type SessionRoute } from './session.ts'
import { createSite, SITE_DIRECTORY } from './site.ts'
import { createUsageRoute } from './usage.ts'

/** The built console, and the state of its build. */
export interface ConsoleBuilt {
  readonly directory: string
  readonly buildState: () => BuildState
  /** Of the built documentation. */
  readonly siteDirectory?: string
}

interface ConsoleOptions {
  readonly config: Config
  readonly pool: Pool
  readonly callers: Callers
  readonly throttle: Throttle
  readonly meter: Meter
  readonly readJson: ReadJson
  /** The workspace's, from its request context. */
  readonly settingsOf: (workspaceId: string) => Promise<Readonly<Record<string, unknown>>>
  /** A console directory other than our own; it is never built. */
  readonly built?: ConsoleBuilt | undefined
}

export interface Console {
  readonly session: SessionRoute
  readonly usage: PublicHandler
  readonly audit: PublicHandler
  readonly sendPage: SendPage | undefined
  /** Pages of the documentation. */
  readonly sendSite: SendPage | undefined
  /** The operators' side, for the admin port. */
  readonly operators: { readonly session: SessionRoute; readonly sendPage: SendPage | undefined }
}

/** The pages of operators (console/pages.ts). */
const OPERATOR_PAGES = /^\/(?:workspaces|nodes)(?:\/|$)/

const BESIDE_US: ConsoleBuilt = { directory: CONSOLE_DIRECTORY, buildState: () => 'absent' }

export const createConsole = (options: ConsoleOptions): Console => {
  const { config, pool, callers, throttle, meter, readJson, settingsOf, built = BESIDE_US } = options
  const { publicUrl, rateLimitPerMinute, sessionRateLimitPerMinute, servesConsole } = config
  const isPrivate = config.adminApi === 'private'
  const files = createConsoleFiles(built.directory)
  const { buildState } = built
  const admission = {
    authenticate: createAuthentication(callers),
    askedPerMinute: sessionRateLimitPerMinute,
  }
  const sessionParts = { pool, readJson, throttle, ...callers }
  return {
    session: createSessionRoute({
      ...sessionParts,
      publicUrl,
      serves: (audience) => audience === 'workspace' || !isPrivate,
    }),
    usage: createUsageRoute({ pool, ...admission, throttle, meter, settingsOf, rateLimitPerMinute }),
    audit: createAuditRoute({ pool, ...admission, throttle }),
    sendPage: servesConsole
      ? createPages({ files, buildState, closed: isPrivate ? OPERATOR_PAGES : undefined })
      : undefined,
    sendSite: config.servesDocs
      ? createSite(createConsoleFiles(built.siteDirectory ?? SITE_DIRECTORY))
      : undefined,
    operators: {
      session: createSessionRoute({
        ...sessionParts,
        publicUrl: null,
        serves: (audience) => audience === 'operator',
      }),
      sendPage: servesConsole ? createPages({ files, buildState }) : undefined,
    },
  }
}
