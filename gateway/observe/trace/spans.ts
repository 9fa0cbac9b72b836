// Spans and the one that the running code belongs to. A span begins as a child of it, or of the span that a
// `traceparent` names. Most requests are not sampled: these have one span without attributes, which stands
// for all below it.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { OpenTracer } from './sdk.ts'
import type { Span, SpanContext, SpanDetails } from './span.ts'

export const KIND = { internal: 0, server: 1, client: 2 } as const

/** https://www.w3.org/TR/trace-context/#traceparent-header; later versions may append fields. */
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

export const parseTraceparent = (
  text: unknown,
): Pick<SpanContext, 'traceId' | 'spanId' | 'traceFlags'> | null => {
  if (typeof text !== 'string') return null
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(text) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  if (version === '00' && rest !== undefined) return null
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1 }
}

export const writeTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-0${traceFlags & 1}`

/** Headers of a request, or a part of them: `traceparent` and `tracestate`. */
type RemoteParent = Readonly<Record<string, string | readonly string[] | null | undefined>>

interface NewSpan {
  readonly kind: number
  /** Called when the span is exported; not for one that is not sampled. */
  readonly details: () => SpanDetails
  /** Default: a child of the current span. Without a valid `traceparent` a trace begins. */
  readonly parent?: RemoteParent
}

export interface Spans {
  readonly begin: (span: NewSpan) => Span
  /** Runs `work` with the span as the current one, until it settles. */
  readonly within: <T>(span: Span, work: () => Promise<T>) => Promise<T>
  readonly current: () => Span | undefined
  /** Headers of an outgoing request. */
  readonly headersOf: (span: Span) => Readonly<Record<string, string>>
}

/** Of a `traceparent` header. */
const contextOf = (api: OpenTracer['api'], { traceparent, tracestate }: RemoteParent): SpanContext | null => {
  const remote = parseTraceparent(traceparent)
  if (remote === null) return null
  return {
    ...remote,
    isRemote: true,
    ...(typeof tracestate === 'string' ? { traceState: api.createTraceState(tracestate) } : {}),
  }
}

const SAMPLED = 1
const UNSAMPLED = 0

export const createSpans = ({ api, sampling, newSpan }: OpenTracer): Spans => {
  const storage = new AsyncLocalStorage<Span>()
  const currentSpan = (): Span | undefined => {
    const span = storage.getStore()
    return span?.isLeft === true ? undefined : span
  }
  const start = (
    traceId: string,
    traceFlags: number,
    parent: SpanContext | undefined,
    { kind, details }: NewSpan,
  ): Span => newSpan({ traceId, spanId: sampling.newSpanId(), traceFlags, parent, kind, details })

  /** The first span of this process. */
  const enter = (span: NewSpan): Span => {
    const remote = span.parent === undefined ? null : contextOf(api, span.parent)
    const traceId = remote?.traceId ?? sampling.newTraceId()
    const isSampled = sampling.samples(traceId, remote?.traceFlags ?? null)
    return start(traceId, isSampled ? SAMPLED : UNSAMPLED, remote ?? undefined, span)
  }
  return {
    begin: (given) => {
      const current = given.parent === undefined ? currentSpan() : undefined
      if (current === undefined) return enter(given)
      return current.isSampled ? start(current.traceId, SAMPLED, current, given) : current
    },
    within: (span, work) => {
      if (storage.getStore() === span) return work()
      const done = storage.run(span, work)
      const leave = (): void => {
        span.isLeft = true
      }
      done.then(leave, leave)
      return done
    },
    current: currentSpan,
    headersOf: (span) => {
      const state = span.traceState?.serialize() ?? ''
      return {
        traceparent: writeTraceparent(span),
        ...(state === '' ? {} : { tracestate: state }),
      }
    },
  }
}

/**
 * Ends the span when `work` settles.
 * @param fail marks it as failed; default: with the name of the error
 */
export const settled = async <T>(
  span: Span,
  work: () => Promise<T>,
  fail = (error: unknown): void => {
    span.error = error instanceof Error ? error.name : '_OTHER'
  },
): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    fail(error)
    throw error
  } finally {
    span.end()
  }
}
