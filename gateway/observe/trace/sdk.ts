// Loads OpenTelemetry, an optional peer dependency: the processor that collects spans into batches, and
// the exporter. Its tracer, sampler and encoder are not used: they cost several times as much as ours
// (span.ts, sampling.ts, otlp.ts). No global of its API is set: other code of the process keeps its own.

import type { Log } from '../../../sql/log.ts'
import { VERSION } from '../../version.ts'
import { type Clock, createClock } from './clock.ts'
import { createOtlpEncoder } from './otlp.ts'
import { openSampling, type Sampling } from './sampling.ts'
import type { ExportProtocol, TraceSettings } from './settings.ts'
import { Span, type SpanAttributes, type SpanStart } from './span.ts'

// What is used of packages that may be absent, also where the types are checked.

type Api = typeof import('@opentelemetry/api')

interface ExportResult {
  readonly code: number
  readonly error?: Error
}

interface SpanExporter {
  readonly export: (spans: readonly Span[], done: (result: ExportResult) => void) => void
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
}

interface Resource {
  readonly attributes: Readonly<SpanAttributes>
  readonly merge: (other: Resource) => Resource
}

interface Resources {
  readonly resourceFromAttributes: (attributes: Readonly<Record<string, string>>) => Resource
  readonly detectResources: (options: { readonly detectors: readonly unknown[] }) => Resource
  readonly resourceAttributesEnvDetector: unknown
  readonly serviceNameEnvDetector: unknown
}

/** Of the package for JSON. */
interface JsonExporter {
  readonly OTLPTraceExporter: new () => SpanExporter
}

/** Of the package that sends what an encoder of ours writes; its options are read from the environment. */
interface ExporterBase {
  readonly convertLegacyHttpOptions: (
    given: object,
    signal: 'TRACES',
    path: string,
    headers: Readonly<Record<string, string>>,
  ) => object
  readonly createOtlpHttpExportDelegate: (
    options: object,
    serializer: {
      readonly serializeRequest: (spans: readonly Span[]) => Uint8Array
      readonly deserializeResponse: (answer: Uint8Array) => object
    },
    component: string,
    counted: { readonly name: string; readonly countItems: (spans: readonly Span[]) => number },
  ) => SpanExporter
}

interface Packages {
  readonly api: Api
  readonly sdk: Sdk
  readonly resources: Resources
  readonly exporter: JsonExporter | ExporterBase
}

const NAMES = ['@opentelemetry/api', '@opentelemetry/sdk-trace', '@opentelemetry/resources'] as const
/** The name of the package, and where in it the module is. */
const EXPORTERS: Readonly<Record<ExportProtocol, readonly [string, string]>> = {
  'http/protobuf': ['@opentelemetry/otlp-exporter-base', '/node-http'],
  'http/json': ['@opentelemetry/exporter-trace-otlp-http', ''],
}

/** Imports a package; replaced by tests of packages that are missing. */
export type Load = (name: string) => Promise<unknown>

const isMissing = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'

const loadPackages = async (protocol: ExportProtocol, load: Load): Promise<Packages> => {
  const [exporterName, module] = EXPORTERS[protocol]
  const names = [...NAMES, exporterName]
  try {
    const modules = [...NAMES, exporterName + module]
    const [api, sdk, resources, exporter] = await Promise.all(modules.map(load))
    return {
      api: api as Api,
      sdk: sdk as Sdk,
      resources: resources as Resources,
      exporter: exporter as Packages['exporter'],
    }
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new Error(
      `The OTEL_ variables ask for traces, whose packages are not installed. Run npm install ${names.join(' ')}, or set OTEL_TRACES_EXPORTER=none.`,
      { cause: error },
    )
  }
}

interface Origin {
  readonly resource: Resource
  readonly instrumentationScope: { readonly name: string; readonly version: string }
}

const openExporter = (
  exporter: Packages['exporter'],
  { resource, instrumentationScope: scope }: Origin,
): SpanExporter => {
  if ('OTLPTraceExporter' in exporter) return new exporter.OTLPTraceExporter()
  const headers = { 'Content-Type': 'application/x-protobuf' }
  return exporter.createOtlpHttpExportDelegate(
    exporter.convertLegacyHttpOptions({}, 'TRACES', 'v1/traces', headers),
    {
      serializeRequest: createOtlpEncoder({ resource: resource.attributes, scope }),
      // A count of spans that the collector refused.
      deserializeResponse: () => ({}),
    },
    'otlp_http_span_exporter',
    { name: 'span', countItems: ({ length }) => length },
  )
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
  const shared = {
    resource: own.merge(detected),
    instrumentationScope: { name: 'tenantry', version: VERSION },
  }
  const processor = new sdk.BatchSpanProcessor({
    exporter: reporting(openExporter(exporter, shared), clock, log),
    ...settings.batch,
  })
  const origin = {
    ...shared,
    onEnd: (span: Span) => processor.onEnd(span),
    epochMs: clock.epochMs,
  }
  return {
    api,
    sampling: openSampling(settings),
    newSpan: (start) => new Span(origin, start),
    // Either waits for a collector that does not answer for as long as the exporter does.
    close: async () => {
      const flushed = processor.forceFlush().catch(() => undefined)
      await settledWithin(
        CLOSE_WITHIN_MS,
        flushed.then(() => processor.shutdown()),
      )
    },
  }
}
