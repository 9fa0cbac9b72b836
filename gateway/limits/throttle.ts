// Rate limits of keys, workspaces and addresses of anonymous callers. Returns a result with the headers of
// every answer (draft-ietf-httpapi-ratelimit-headers-10, and the older X-RateLimit trio) and, past a limit,
// the 429. Every request costs one. counter.ts stores the counts.

import { isIPv6 } from 'node:net'
import type { FailureKind } from '../../tenants/audit/failures.ts'
import { Problem } from '../error/problem.ts'
import type { Count, Counter } from './counter.ts'

export interface RateLimitSubject {
  /** Id of the rate-limit subject: an API key, or a person's session. */
  readonly callerId: string
  readonly workspaceId: string
  /** Requests a minute, if the key or its workspace has a limit of its own. */
  readonly rateLimitPerMinute?: number | null
  /** Limit of all callers of the workspace together, if it has one of its own. */
  readonly workspaceRateLimitPerMinute?: number | null
}

interface RateLimitResult {
  /** For every answer to the request, refused or not. */
  readonly headers: Readonly<Record<string, string>>
  /** The 429, past a limit. */
  readonly refusal: Problem | null
}

export interface Throttle {
  /** Counts a request; start it early and await it when the result is needed. */
  readonly begin: (subject: RateLimitSubject) => Promise<RateLimitResult>
  /** How much of its limit a subject has used, without using any. */
  readonly look: (callerId: string) => Promise<Count>
  /**
   * Counts a failed authentication; returns a Problem once the address or the link has failed too often.
   * @param link names the sign-in link that was tried
   */
  readonly fail: (address: string, kind: FailureKind, link?: string) => Promise<Problem | null>
  /** The limits of the installation. */
  readonly limits: () => Pick<ThrottleOptions, 'perKey' | 'perWorkspace'>
  /** Changes them; counts go on. */
  readonly setLimits: (limits: Pick<ThrottleOptions, 'perKey' | 'perWorkspace'>) => void
}

interface ThrottleOptions {
  readonly createCounter: (name: string, windowSeconds: number) => Counter
  readonly perKey: number
  /** For workspaces without a limit of their own; 0: no ceiling. */
  readonly perWorkspace: number
  readonly windowSeconds?: number
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** Called for every failed authentication. */
  readonly onFailed?: ((network: string, kind: FailureKind) => void) | undefined
  /** Called for every refusal. */
  readonly onRefused?: ((scope: SubjectType) => void) | undefined
}

// Generous: whole offices share an address, and one wrong key in a script is many failures.
const FAILURES_PER_WINDOW = 600
/** Of people, who type or paste a secret. */
const SIGN_INS_PER_WINDOW = 60
const TRIES_OF_A_LINK = 10
const DEFAULT_WINDOW_SECONDS = 60

type SubjectType = 'apiKey' | 'workspace' | 'address' | 'signInLink'

interface Limited {
  readonly type: SubjectType
  readonly id: string
  readonly limit: number
  readonly count: Count
}

const secondsLeft = (count: Count): number => Math.ceil(count.resetMs / 1000)
const remaining = ({ limit, count }: Limited): number => Math.max(0, limit - count.events)

const refusalOf = (limited: Limited, windowSeconds: number): Problem => {
  const retryAfterSeconds = Math.max(1, secondsLeft(limited.count))
  return new Problem(
    'RATE_LIMITED',
    `Rate limit exceeded for ${limited.type}: ${limited.limit} requests per ${windowSeconds}s.`,
    {
      headers: { 'retry-after': String(retryAfterSeconds) },
      facts: {
        limitKind: 'speed',
        exhaustedKind: 'speed',
        scope: { spenderType: limited.type, spenderId: limited.id, operationType: 'API_REQUEST' },
        limit: limited.limit,
        remaining: 0,
        periodCount: windowSeconds,
        periodUnit: 'second',
        retryAfterSeconds,
        retryAfterMs: Math.max(1, limited.count.resetMs),
      },
    },
  )
}

/** An IPv6 /64 counts as one caller: that is what a single customer gets. */
export const networkOf = (address: string): string => {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0')
  return [...groups, ...zeros, ...after].slice(0, 4).join(':')
}

/** @param nowMs milliseconds since the epoch */
const headersOf = (
  key: Limited,
  workspace: Limited | null,
  windowSeconds: number,
  nowMs: number,
): Record<string, string> => {
  const keyItem = `"key";r=${remaining(key)};t=${secondsLeft(key.count)}`
  const tightest = workspace !== null && remaining(workspace) < remaining(key) ? workspace : key
  const workspacePolicy = workspace === null ? '' : `, "workspace";q=${workspace.limit};w=${windowSeconds}`
  return {
    'ratelimit-policy': `"key";q=${key.limit};w=${windowSeconds}${workspacePolicy}`,
    ratelimit:
      workspace === null
        ? keyItem
        : `${keyItem}, "workspace";r=${remaining(workspace)};t=${secondsLeft(workspace.count)}`,
    'x-ratelimit-limit': String(tightest.limit),
    'x-ratelimit-remaining': String(remaining(tightest)),
    // Seconds since the epoch, as most clients of this header expect.
    'x-ratelimit-reset': String(Math.ceil((nowMs + tightest.count.resetMs) / 1000)),
  }
}

interface FailureParts extends Pick<ThrottleOptions, 'createCounter' | 'onFailed'> {
  readonly refuse: (limited: Limited) => Problem
}

/** Counts failed authentications by address, and failed sign-ins by address and by link. */
const createFailures = (
  { createCounter, onFailed, refuse }: FailureParts,
  windowSeconds: number,
): Throttle['fail'] => {
  const addresses = createCounter('address', windowSeconds)
  const signIns = createCounter('sign-in', windowSeconds)
  const links = createCounter('sign-in link', windowSeconds)
  const count = async (type: SubjectType, counter: Counter, id: string, limit: number) => {
    const limited: Limited = { type, id, limit, count: await counter.add(id, limit) }
    return limited.count.events > limit ? limited : null
  }
  return async (address, kind, link) => {
    const id = networkOf(address)
    onFailed?.(id, kind)
    const [all, signIn] = await Promise.all([
      count('address', addresses, id, FAILURES_PER_WINDOW),
      kind === 'signIn' ? count('address', signIns, id, SIGN_INS_PER_WINDOW) : null,
    ])
    // Made-up links of an address past its limit take no memory.
    const spent =
      all ?? signIn ?? (link === undefined ? null : await count('signInLink', links, link, TRIES_OF_A_LINK))
    return spent === null ? null : refuse(spent)
  }
}

export const createThrottle = ({
  createCounter,
  perKey,
  perWorkspace,
  windowSeconds = DEFAULT_WINDOW_SECONDS,
  now = Date.now,
  onFailed,
  onRefused,
}: ThrottleOptions): Throttle => {
  let limits = { perKey, perWorkspace }
  const keys = createCounter('key', windowSeconds)
  const workspaces = createCounter('workspace', windowSeconds)
  const refuse = (limited: Limited): Problem => {
    onRefused?.(limited.type)
    return refusalOf(limited, windowSeconds)
  }

  return {
    begin: async ({ callerId, workspaceId, rateLimitPerMinute, workspaceRateLimitPerMinute }) => {
      const ceiling = workspaceRateLimitPerMinute ?? limits.perWorkspace
      const keyLimit = rateLimitPerMinute ?? limits.perKey
      const [keyCount, workspaceCount] = await Promise.all([
        keys.add(callerId, keyLimit),
        ceiling > 0 ? workspaces.add(workspaceId, ceiling) : null,
      ])
      const key: Limited = { type: 'apiKey', id: callerId, limit: keyLimit, count: keyCount }
      const workspace: Limited | null =
        workspaceCount === null
          ? null
          : { type: 'workspace', id: workspaceId, limit: ceiling, count: workspaceCount }
      const isKeySpent = keyCount.events > key.limit
      // Requests refused to one runaway key must not use up the workspace's limit for its other keys.
      if (isKeySpent && workspace !== null) workspaces.remove(workspaceId)
      const isWorkspaceSpent = workspace !== null && workspace.count.events > workspace.limit
      const spent = isKeySpent ? key : isWorkspaceSpent ? workspace : null
      return {
        headers: headersOf(key, workspace, windowSeconds, now()),
        refusal: spent === null ? null : refuse(spent),
      }
    },

    look: keys.look,
    limits: () => limits,
    setLimits: (changed) => {
      limits = changed
    },
    fail: createFailures({ createCounter, onFailed, refuse }, windowSeconds),
  }
}
