// Spans and the one that the running code belongs to. A span begins as a child of it, or of the span that a
// `traceparent` names. Most requests are not sampled: these have one span without attributes, which stands
// for all below it.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Attributes, Span, SpanContext } from '@opentelemetry/api'
import type { OpenTracer } from './sdk.ts'

export const KIND = { internal: 0, server: 1, client: 2 } as const
const STATUS_ERROR = 2

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

export const writeTraceparent = (span: Span): string => {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`
}

const SAMPLED = 1

/** Also once it has ended. */
export const isSampled = (span: Span): boolean => (span.spanContext().traceFlags & SAMPLED) !== 0

interface RemoteParent {
  readonly traceparent: unknown
  readonly tracestate?: unknown
}

interface NewSpan {
  readonly name: string
  readonly kind: number
  /** Not called for a span that is not sampled. */
  readonly attributes: () => Attributes
  /** Default: a child of the current span. Without a valid `traceparent` a trace begins. */
  readonly parent?: RemoteParent
}

export interface Spans {
  readonly begin: (span: NewSpan) => Span
  /** Runs `work` with the span as the current one. */
  readonly within: <T>(span: Span, work: () => T) => T
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

export const createSpans = ({ api, tracer, startTrace, sampling }: OpenTracer): Spans => {
  const storage = new AsyncLocalStorage<Span>()
  const startBelow = (parent: SpanContext, { name, kind }: NewSpan): Span =>
    tracer.startSpan(name, { kind }, api.trace.setSpanContext(api.ROOT_CONTEXT, parent))

  /** The first span of this process. */
  const enter = (span: NewSpan): Span => {
    const remote = span.parent === undefined ? null : contextOf(api, span.parent)
    const traceId = remote?.traceId ?? sampling.newTraceId()
    if (sampling.samples(traceId, remote?.traceFlags ?? null))
      return remote === null ? startTrace(traceId, span.name, span.kind) : startBelow(remote, span)
    return api.trace.wrapSpanContext({
      traceId,
      spanId: sampling.newSpanId(),
      traceFlags: 0,
      ...(remote?.traceState === undefined ? {} : { traceState: remote.traceState }),
    })
  }
  return {
    begin: (given) => {
      const current = given.parent === undefined ? storage.getStore() : undefined
      if (current !== undefined && !isSampled(current)) return current
      const span = current === undefined ? enter(given) : startBelow(current.spanContext(), given)
      return span.isRecording() ? span.setAttributes(given.attributes()) : span
    },
    within: (span, work) => (storage.getStore() === span ? work() : storage.run(span, work)),
    current: () => storage.getStore(),
    headersOf: (span) => {
      const state = span.spanContext().traceState?.serialize() ?? ''
      return {
        traceparent: writeTraceparent(span),
        ...(state === '' ? {} : { tracestate: state }),
      }
    },
  }
}

/** The message of an error may hold values of records, and is left out. */
export const failSpan = (span: Span, type: string): void => {
  span.setAttribute('error.type', type)
  span.setStatus({ code: STATUS_ERROR })
}

/**
 * Ends the span when `work` settles.
 * @param fail marks it as failed; default: with the name of the error
 */
export const settled = async <T>(
  span: Span,
  work: () => Promise<T>,
  fail = (error: unknown): void => failSpan(span, error instanceof Error ? error.name : '_OTHER'),
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
