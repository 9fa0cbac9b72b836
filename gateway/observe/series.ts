// Histograms with a bounded number of series, counted here and read by prom-client at a scrape: its own
// observations sort, join and check the labels each time, which took 4 % of a small request. Past the bound,
// new sets of labels share one that names no route or operation: the memory of a monitoring system is paid
// for by the series.

import { Histogram, type LabelValues, type MetricValueWithName, type Registry } from 'prom-client'

/** The sum of several processes keeps the same bound. */
export interface SeriesBound {
  /** Number of label sets, without the one for the rest. */
  readonly most: number
  /** Labels of what comes once there are so many. */
  readonly rest: LabelValues<string>
}

interface SeriesOptions<Label extends string> extends SeriesBound {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly Label[]
  /** Upper bounds in seconds, rising. */
  readonly buckets: readonly number[]
  readonly rest: LabelValues<Label>
}

interface Series<Label extends string> {
  /** Observes a duration in seconds; `labelsOf` is called for the first one of a key. */
  readonly observe: (key: string, labelsOf: () => LabelValues<Label>, seconds: number) => void
}

interface Counted<Label extends string> {
  readonly labels: LabelValues<Label>
  /** Observations by bucket, not added up; the last one is beyond all bounds. */
  readonly counts: number[]
  sum: number
}

const bucketOf = (bounds: readonly number[], seconds: number): number => {
  let at = 0
  while (at < bounds.length && seconds > (bounds[at] ?? 0)) at += 1
  return at
}

type Value = Omit<MetricValueWithName<string>, 'exemplar'>

const valuesOf = <Label extends string>(
  name: string,
  bounds: readonly number[],
  { labels, counts, sum }: Counted<Label>,
): readonly Value[] => {
  let total = 0
  const buckets = counts.map((count, at): Value => {
    total += count
    return { labels: { le: bounds[at] ?? '+Inf', ...labels }, value: total, metricName: `${name}_bucket` }
  })
  return [
    ...buckets,
    { labels: { ...labels }, value: sum, metricName: `${name}_sum` },
    { labels: { ...labels }, value: total, metricName: `${name}_count` },
  ]
}

export const createSeries = <Label extends string>(
  registry: Registry,
  { name, help, labelNames, buckets, most, rest }: SeriesOptions<Label>,
): Series<Label> => {
  const known = new Map<string, Counted<Label>>()
  let shared: Counted<Label> | undefined
  const begin = (labels: LabelValues<Label>): Counted<Label> => ({
    labels,
    counts: Array<number>(buckets.length + 1).fill(0),
    sum: 0,
  })
  const add = (key: string, labelsOf: () => LabelValues<Label>): Counted<Label> => {
    if (known.size >= most) {
      shared ??= begin(rest)
      return shared
    }
    const counted = begin(labelsOf())
    known.set(key, counted)
    return counted
  }
  const read = async () => {
    const all = [...known.values(), ...(shared === undefined ? [] : [shared])]
    const values = all.flatMap((counted) => valuesOf(name, buckets, counted))
    const bound: SeriesBound = { most, rest }
    return { name, help, type: 'histogram', aggregator: 'sum', values, bound }
  }
  const histogram = new Histogram({
    name,
    help,
    labelNames: [...labelNames],
    buckets: [...buckets],
    registers: [registry],
  })
  Object.assign(histogram, { get: read, getForPromString: read })
  return Object.freeze({
    observe: (key: string, labelsOf: () => LabelValues<Label>, seconds: number): void => {
      const counted = known.get(key) ?? add(key, labelsOf)
      const bucket = bucketOf(buckets, seconds)
      counted.counts[bucket] = (counted.counts[bucket] ?? 0) + 1
      counted.sum += seconds
    },
  })
}
