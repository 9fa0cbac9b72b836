// The metrics of all processes as one text. How a metric of several processes adds up is part of its
// definition (`aggregator`, by default the sum).

import prom, { type LabelValues, type MetricObjectWithValues, type MetricValue } from 'prom-client'
import type { SeriesBound } from '../observe/series.ts'

export type MetricsJson = readonly (MetricObjectWithValues<MetricValue<string>> & {
  readonly bound?: SeriesBound
})[]

const isCumulative = (type: unknown): boolean => type === 'counter' || type === 'histogram'

const aggregate = (all: readonly MetricsJson[]) => prom.AggregatorRegistry.aggregate([...all])

const keyOf = ({ le, ...labels }: LabelValues<string>): string =>
  JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))

/**
 * Keeps the bound of a histogram for the sum of all processes: each process has its own first label sets. A
 * label set that was in a text once stays, so that no count falls.
 */
const createFold = () => {
  const knownOf = new Map<string, Set<string>>()
  const fold = (metric: MetricsJson[number], { most, rest }: SeriesBound): MetricsJson[number] => {
    const known = knownOf.get(metric.name) ?? new Set()
    knownOf.set(metric.name, known)
    const restKey = keyOf(rest)
    const labelsOf = (labels: LabelValues<string>): LabelValues<string> => {
      const key = keyOf(labels)
      if (key === restKey || known.has(key)) return labels
      if (known.size < most) {
        known.add(key)
        return labels
      }
      return labels.le === undefined ? rest : { le: labels.le, ...rest }
    }
    return { ...metric, values: metric.values.map((each) => ({ ...each, labels: labelsOf(each.labels) })) }
  }
  return (all: readonly MetricsJson[]): readonly MetricsJson[] => {
    const bounds = new Map(
      all.flat().flatMap(({ name, bound }) => (bound === undefined ? [] : [[name, bound] as const])),
    )
    return all.map((metrics) =>
      metrics.map((each) => {
        const bound = bounds.get(each.name)
        return bound === undefined ? each : fold(each, bound)
      }),
    )
  }
}

/** Makes texts for one reader, one after the other. */
export const createMergedText = (): ((all: readonly MetricsJson[]) => Promise<string>) => {
  const fold = createFold()
  return (all) => aggregate(fold(all)).metrics()
}

export const METRICS_CONTENT_TYPE = prom.Registry.PROMETHEUS_CONTENT_TYPE

/** What ended processes have counted: a counter of the machine must not fall when one of them is replaced. */
export const retire = async (retired: MetricsJson, ended: MetricsJson): Promise<MetricsJson> => {
  const counts = ended.filter(({ type }) => isCumulative(type))
  return (await aggregate([retired, counts]).getMetricsAsJSON()) as MetricsJson
}
