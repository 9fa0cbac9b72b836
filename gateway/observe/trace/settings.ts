// The standard variables of OpenTelemetry that decide whether traces are kept, and how many. The exporter
// reads the others itself: OTEL_EXPORTER_OTLP_ENDPOINT, _HEADERS, _TIMEOUT, _COMPRESSION and so on.

import { ConfigError, showValue } from '../../config.ts'

type Environment = Readonly<Record<string, string | undefined>>

const PROTOCOLS = ['http/protobuf', 'http/json'] as const
export type ExportProtocol = (typeof PROTOCOLS)[number]

const SAMPLERS = ['always_on', 'always_off', 'traceidratio'] as const

export interface TraceSettings {
  readonly protocol: ExportProtocol
  /** Of traces that begin here: 0 keeps none, 1 keeps all. */
  readonly ratio: number
  /** Whether the caller's decision holds for a trace that it began. */
  readonly followsParent: boolean
  readonly batch: {
    readonly scheduledDelayMillis: number
    readonly maxQueueSize: number
    readonly maxExportBatchSize: number
    readonly exportTimeoutMillis: number
  }
}

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const

const createReader = (environment: Environment, faults: string[]) => {
  const text = (variable: string): string => environment[variable]?.trim() ?? ''
  const refuse = (variable: string, expected: string): void => {
    faults.push(`  ${variable} is ${showValue(text(variable))}; expected ${expected}.`)
  }
  return {
    text,
    refuse,
    /** The variable of traces alone, or the one of all signals. */
    protocol: (): ExportProtocol => {
      const own = 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'
      const variable = text(own) === '' ? 'OTEL_EXPORTER_OTLP_PROTOCOL' : own
      const value = text(variable) || 'http/protobuf'
      const found = PROTOCOLS.find((each) => each === value)
      if (found === undefined) refuse(variable, PROTOCOLS.join(' or '))
      return found ?? 'http/protobuf'
    },
    number: (variable: string, absent: number): number => {
      const value = text(variable)
      if (value === '') return absent
      if (/^\d{1,9}$/.test(value) && Number(value) > 0) return Number(value)
      refuse(variable, 'a positive integer')
      return absent
    },
  }
}

type Reader = ReturnType<typeof createReader>

const samplingOf = ({ text, refuse }: Reader): Pick<TraceSettings, 'ratio' | 'followsParent'> => {
  const name = text('OTEL_TRACES_SAMPLER') || 'parentbased_always_on'
  const followsParent = name.startsWith('parentbased_')
  const root = SAMPLERS.find((each) => each === name.replace(/^parentbased_/, ''))
  if (root === undefined)
    refuse('OTEL_TRACES_SAMPLER', `one of ${SAMPLERS.join(', ')}, with or without parentbased_ before it`)
  if (root !== 'traceidratio') return { ratio: root === 'always_off' ? 0 : 1, followsParent }
  const given = text('OTEL_TRACES_SAMPLER_ARG')
  const ratio = given === '' ? 1 : Number(given)
  if (!(ratio >= 0 && ratio <= 1)) refuse('OTEL_TRACES_SAMPLER_ARG', 'a number from 0 to 1')
  return { ratio, followsParent }
}

/** An endpoint alone switches traces on, as OTEL_TRACES_EXPORTER=otlp does. */
const isOn = ({ text, refuse }: Reader): boolean => {
  if (text('OTEL_SDK_DISABLED').toLowerCase() === 'true') return false
  const exporter = text('OTEL_TRACES_EXPORTER')
  if (exporter === '') return ENDPOINTS.some((variable) => text(variable) !== '')
  if (exporter !== 'otlp' && exporter !== 'none') refuse('OTEL_TRACES_EXPORTER', 'otlp or none')
  return exporter !== 'none'
}

/** The exporter would send to its default address instead of a wrong one. */
const checkEndpoints = ({ text, refuse }: Reader): void => {
  for (const variable of ENDPOINTS) {
    const given = text(variable)
    if (given === '') continue
    const url = URL.parse(given)
    if (url === null || !/^https?:$/.test(url.protocol)) refuse(variable, 'a URL with http or https')
  }
}

/** Null: no traces. Throws a ConfigError that names every fault. */
export const traceSettingsOf = (environment: Environment): TraceSettings | null => {
  const faults: string[] = []
  const reader = createReader(environment, faults)
  if (!isOn(reader)) return null
  checkEndpoints(reader)
  const settings = {
    protocol: reader.protocol(),
    ...samplingOf(reader),
    batch: {
      scheduledDelayMillis: reader.number('OTEL_BSP_SCHEDULE_DELAY', 5_000),
      maxQueueSize: reader.number('OTEL_BSP_MAX_QUEUE_SIZE', 2_048),
      maxExportBatchSize: reader.number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512),
      exportTimeoutMillis: reader.number('OTEL_BSP_EXPORT_TIMEOUT', 30_000),
    },
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return settings
}
