// Loads OpenTelemetry, an optional peer dependency, and opens a tracer over it. No global of its API is set:
// other code of the process keeps its own.

import type { Context, Span, Tracer } from '@opentelemetry/api'
import type { Log } from '../../../sql/log.ts'
import { VERSION } from '../../version.ts'
import type { ExportProtocol, TraceSettings } from './settings.ts'

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
  readonly TracerProvider: new (options: {
    readonly sampler: object
    readonly idGenerator: object
    readonly resource: object
    readonly spanProcessors: readonly object[]
  }) => {
    readonly getTracer: (name: string, version: string) => Tracer
    readonly forceFlush: (options: { readonly timeoutMillis: number }) => Promise<void>
    readonly shutdown: () => Promise<void>
  }
  readonly BatchSpanProcessor: new (options: object) => object
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

const BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** By table, since every request has an id and `toString(16)` of a large number takes six times as long. */
const randomHex = (words: number): string => {
  let text = ''
  for (let word = 0; word < words; word += 1) {
    const bits = Math.floor(Math.random() * 2 ** 32)
    for (const shift of [24, 16, 8, 0]) text += BYTES[(bits >>> shift) & 255]
  }
  return text
}

const newSpanId = (): string => randomHex(2)

/** Decides before a span is made: one that is not sampled takes a tracer longer than everything else here. */
const openSampling = ({ api, sdk }: Packages, { ratio, followsParent }: TraceSettings): Sampling => {
  const root = new sdk.TraceIdRatioBasedSampler(ratio)
  return {
    newTraceId: () => randomHex(4),
    newSpanId,
    samples: (traceId, parentFlags) =>
      parentFlags !== null && followsParent
        ? (parentFlags & api.TraceFlags.SAMPLED) !== 0
        : root.shouldSample(api.ROOT_CONTEXT, traceId).decision === SAMPLED,
  }
}

/** Reports the first failure of a row of failures. */
const reporting = (exporter: SpanExporter, log: () => Log | null): SpanExporter => {
  let hasFailed = false
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const isFailure = result.code !== 0
        if (isFailure && !hasFailed)
          log()?.warn({ err: result.error }, 'cannot export traces: the spans of this batch are lost')
        hasFailed = isFailure
        done(result)
      }),
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
  /** Samples each span that it starts. */
  readonly tracer: Tracer
  /** Starts the first span of a trace with an id that was sampled. */
  readonly startTrace: (traceId: string, name: string, kind: number) => Span
  /** Sends what waits, for some seconds at most. */
  readonly close: () => Promise<void>
}

const CLOSE_WITHIN_MS = 3_000

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
  let nextTraceId = ''
  const provider = new sdk.TracerProvider({
    sampler: { shouldSample: () => ({ decision: SAMPLED }), toString: () => 'decided before' },
    idGenerator: { generateTraceId: () => nextTraceId, generateSpanId: newSpanId },
    resource: own.merge(detected),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: reporting(new exporter.OTLPTraceExporter(), log),
        ...settings.batch,
      }),
    ],
  })
  const tracer = provider.getTracer('tenantry', VERSION)
  return {
    api,
    sampling: openSampling(packages, settings),
    tracer,
    startTrace: (traceId, name, kind) => {
      nextTraceId = traceId
      return tracer.startSpan(name, { kind }, api.ROOT_CONTEXT)
    },
    close: async () => {
      await provider.forceFlush({ timeoutMillis: CLOSE_WITHIN_MS }).catch(() => undefined)
      await provider.shutdown().catch(() => undefined)
    },
  }
}
