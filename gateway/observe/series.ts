// Histograms with a bounded number of series. Each set of label values is looked up by one key, because
// prom-client sorts and joins the labels of every observation. Past the bound, new sets share one that names
// no route or operation: the memory of a monitoring system is paid for by the series.

import type { Histogram, LabelValues } from 'prom-client'

type Observe = (seconds: number) => void

interface Series<Label extends string> {
  /** Observes a duration in seconds; `labelsOf` is called for the first one of a key. */
  readonly observe: (key: string, labelsOf: () => LabelValues<Label>, seconds: number) => void
}

/** @param rest labels of what comes when `most` keys are known */
export const createSeries = <Label extends string>(
  histogram: Histogram<Label>,
  most: number,
  rest: LabelValues<Label>,
): Series<Label> => {
  const known = new Map<string, Observe>()
  let shared: Observe | undefined
  const add = (key: string, labels: LabelValues<Label>): Observe => {
    if (known.size >= most) {
      shared ??= histogram.labels(rest).observe
      return shared
    }
    const { observe } = histogram.labels(labels)
    known.set(key, observe)
    return observe
  }
  return Object.freeze({
    observe: (key: string, labelsOf: () => LabelValues<Label>, seconds: number): void =>
      (known.get(key) ?? add(key, labelsOf()))(seconds),
  })
}
