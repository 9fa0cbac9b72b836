// The metrics of all processes as one text. Amounts are added; what each process reads from the same place,
// or a share of time, is not.

import prom, { type Aggregator, type MetricObjectWithValues, type MetricValue } from 'prom-client'

export type MetricsJson = readonly MetricObjectWithValues<MetricValue<string>>[]

const RULES: readonly (readonly [RegExp, Aggregator])[] = [
  [/^tenantry_build_info$/, 'first'],
  [/^tenantry_listener_up$|^process_start_time_|_delay_min_seconds$/, 'min'],
  [/^nodejs_eventloop_delay_(mean|stddev)_|^nodejs_eventloop_utilization$/, 'average'],
  // Read from the database, the same by each.
  [/^tenantry_feed_|^tenantry_webhook_(queue|overdue_seconds)$|^nodejs_eventloop_delay_/, 'max'],
]

const isCumulative = (type: unknown): boolean => type === 'counter' || type === 'histogram'

const aggregatorOf = ({ name, type }: MetricsJson[number]): Aggregator => {
  const found = RULES.find(([pattern]) => pattern.test(name))
  // Counters of the database would begin again with each process otherwise.
  return found === undefined || String(type) === 'histogram' ? 'sum' : found[1]
}

const aggregate = (all: readonly MetricsJson[]) =>
  prom.AggregatorRegistry.aggregate(
    all.map((metrics) => metrics.map((each) => ({ ...each, aggregator: aggregatorOf(each) }))),
  )

export const mergedText = (all: readonly MetricsJson[]): Promise<string> => aggregate(all).metrics()

export const METRICS_CONTENT_TYPE = prom.Registry.PROMETHEUS_CONTENT_TYPE

/** What ended processes have counted: a counter of the machine must not fall when one of them is replaced. */
export const retire = async (retired: MetricsJson, ended: MetricsJson): Promise<MetricsJson> => {
  const counts = ended.filter(({ type }) => isCumulative(type))
  return (await aggregate([retired, counts]).getMetricsAsJSON()) as MetricsJson
}
