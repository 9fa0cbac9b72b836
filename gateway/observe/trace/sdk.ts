// Loads OpenTelemetry, an optional peer dependency: its sampler, the processor that collects spans into
// batches, and the exporter. Its tracer is not used: its spans cost several times as much as ours (span.ts).
// No global of its API is set: other code of the process keeps its own.

import type { Context } from '@opentelemetry/api'
import type { Log } from '../../../sql/log.ts'
import { VERSION } from '../../version.ts'
import { type Clock, createClock } from './clock.ts'
import type { ExportProtocol, TraceSettings } from './settings.ts'
import { Span, type SpanStart } from './span.ts'

// What is used of packages that may be absent, also where the types are checked.

type Api = typeof import('@opentelemetry/api')

interface ExportResult {
  readonly code: number
  readonly error?: Error
}

interface SpanExporter {
  readonly export: (spans: readonly unknown[], done: (result: ExportResult) => void) => void
  readonly shutdown: () => Promise<void>
  readonly forceFlush?: () => Promise<void>
}

interface Sdk {
  readonly BatchSpanProcessor: new (
    options: object,
  ) => {
    readonly onEnd: (span: object) => void
    readonly forceFlush: () => Promise<void>
    /** Waits for what is being sent, until the exporter gives up. */
    readonly shutdown: () => Promise<void>
  }
  readonly TraceIdRatioBasedSampler: new (
    ratio: number,
  ) => {
    readonly shouldSample: (context: Context, traceId: string) => { readonly decision: number }
  }
}

interface Resource {
  readonly merge: (other: Resource) => Resource
}

interface Resources {
  readonly resourceFromAttributes: (attributes: Readonly<Record<string, string>>) => Resource
  readonly detectResources: (options: { readonly detectors: readonly unknown[] }) => Resource
  readonly resourceAttributesEnvDetector: unknown
  readonly serviceNameEnvDetector: unknown
}

interface Exporters {
  readonly OTLPTraceExporter: new () => SpanExporter
}

interface Packages {
  readonly api: Api
  readonly sdk: Sdk
  readonly resources: Resources
  readonly exporter: Exporters
}

const NAMES = ['@opentelemetry/api', '@opentelemetry/sdk-trace', '@opentelemetry/resources'] as const
const EXPORTERS: Readonly<Record<ExportProtocol, string>> = {
  'http/protobuf': '@opentelemetry/exporter-trace-otlp-proto',
  'http/json': '@opentelemetry/exporter-trace-otlp-http',
}

/** Imports a package; replaced by tests of packages that are missing. */
export type Load = (name: string) => Promise<unknown>

const isMissing = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'

const loadPackages = async (protocol: ExportProtocol, load: Load): Promise<Packages> => {
  const names = [...NAMES, EXPORTERS[protocol]]
  try {
    const [api, sdk, resources, exporter] = await Promise.all(names.map(load))
    return {
      api: api as Api,
      sdk: sdk as Sdk,
      resources: resources as Resources,
      exporter: exporter as Exporters,
    }
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new Error(
      `The OTEL_ variables ask for traces, whose packages are not installed. Run npm install ${names.join(' ')}, or set OTEL_TRACES_EXPORTER=none.`,
      { cause: error },
    )
  }
}

/** SamplingDecision.RECORD_AND_SAMPLED of the package. */
const SAMPLED = 2

/** 128 ids of traces and as many of spans. */
const RANDOM_BYTES = 128 * 24

/** Each request has ids: cut from a longer text, they cost a fifth of what they cost one by one. */
const createHex = (): ((characters: number) => string) => {
  const words = new Uint32Array(RANDOM_BYTES / Uint32Array.BYTES_PER_ELEMENT)
  const bytes = Buffer.from(words.buffer)
  let text = ''
  let at = 0
  return (characters) => {
    if (at + characters > text.length) {
      for (let word = 0; word < words.length; word += 1) words[word] = Math.random() * 2 ** 32
      text = bytes.toString('hex')
      at = 0
    }
    at += characters
    return text.slice(at - characters, at)
  }
}

/** Decides before anything else is made of a request. */
const openSampling = ({ api, sdk }: Packages, { ratio, followsParent }: TraceSettings): Sampling => {
  const root = new sdk.TraceIdRatioBasedSampler(ratio)
  const randomHex = createHex()
  return {
    newTraceId: () => randomHex(32),
    newSpanId: () => randomHex(16),
    samples: (traceId, parentFlags) =>
      parentFlags !== null && followsParent
        ? (parentFlags & api.TraceFlags.SAMPLED) !== 0
        : root.shouldSample(api.ROOT_CONTEXT, traceId).decision === SAMPLED,
  }
}

/** Reports the first failure of a row of failures. */
const reporting = (exporter: SpanExporter, { follow }: Clock, log: () => Log | null): SpanExporter => {
  let hasFailed = false
  return {
    export: (spans, done) => {
      follow()
      exporter.export(spans, (result) => {
        const isFailure = result.code !== 0
        if (isFailure && !hasFailed)
          log()?.warn({ err: result.error }, 'cannot export traces: the spans of this batch are lost')
        hasFailed = isFailure
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

interface Sampling {
  readonly newTraceId: () => string
  readonly newSpanId: () => string
  /** @param parentFlags of the caller's `traceparent`; null: the trace begins here */
  readonly samples: (traceId: string, parentFlags: number | null) => boolean
}

export interface OpenTracer {
  readonly api: Api
  readonly sampling: Sampling
  readonly newSpan: (start: SpanStart) => Span
  /** Sends what waits, for some seconds at most. */
  readonly close: () => Promise<void>
}

const CLOSE_WITHIN_MS = 3_000

const settledWithin = async (ms: number, work: Promise<void>): Promise<void> => {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work.catch(() => undefined), late])
  clearTimeout(timer)
}

export const openTracer = async (
  settings: TraceSettings,
  log: () => Log | null,
  load: Load = (name) => import(name),
): Promise<OpenTracer> => {
  const packages = await loadPackages(settings.protocol, load)
  const { api, sdk, resources, exporter } = packages
  const own = resources.resourceFromAttributes({ 'service.name': 'tenantry', 'service.version': VERSION })
  const detected = resources.detectResources({
    detectors: [resources.resourceAttributesEnvDetector, resources.serviceNameEnvDetector],
  })
  const clock = createClock()
  const processor = new sdk.BatchSpanProcessor({
    exporter: reporting(new exporter.OTLPTraceExporter(), clock, log),
    ...settings.batch,
  })
  const origin = {
    resource: own.merge(detected),
    instrumentationScope: { name: 'tenantry', version: VERSION },
    onEnd: (span: Span) => processor.onEnd(span),
    epochMs: clock.epochMs,
  }
  return {
    api,
    sampling: openSampling(packages, settings),
    newSpan: (start) => new Span(origin, start),
    close: async () => {
      await settledWithin(CLOSE_WITHIN_MS, processor.forceFlush())
      await processor.shutdown().catch(() => undefined)
    },
  }
}
