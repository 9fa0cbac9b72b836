// A strict reader of Prometheus' text format 0.0.4: it refuses what a scraper would refuse or misread.

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y
const VALUE = /^([+-]?\d+(\.\d+)?(e[+-]?\d+)?|NaN|[+-]Inf)$/
const TYPES = ['counter', 'gauge', 'histogram']

interface Family {
  readonly name: string
  readonly type: string
  /** Of a histogram: by its other labels. */
  readonly sets: Map<
    string,
    { readonly buckets: [bound: number, count: number][]; sum?: number; count?: number }
  >
}

const fault = (line: string, reason: string): Error => new Error(`${reason}: ${line}`)

const labelsIn = (text: string, line: string): Map<string, string> => {
  const labels = new Map<string, string>()
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? []
    if (name === '') throw fault(line, 'labels are malformed')
    if (labels.has(name)) throw fault(line, 'a label stands twice')
    labels.set(name, value)
  }
  return labels
}

const numberOf = (text: string): number => Number(text.replace('Inf', 'Infinity'))

const addToHistogram = (family: Family, part: string, labels: Map<string, string>, value: number): void => {
  const bound = labels.get('le')
  labels.delete('le')
  const key = JSON.stringify([...labels])
  const set = family.sets.get(key) ?? { buckets: [] }
  family.sets.set(key, set)
  if (part === '_bucket') set.buckets.push([numberOf(bound ?? 'NaN'), value])
  else if (part === '_sum') set.sum = value
  else set.count = value
}

const checkHistogram = ({ name, sets }: Family): void => {
  for (const [labels, { buckets, sum, count }] of sets) {
    const isRising = buckets.every(([bound, total], at) => {
      const [before, less] = buckets[at - 1] ?? [Number.NEGATIVE_INFINITY, 0]
      return bound > before && total >= less
    })
    const [last, total] = buckets.at(-1) ?? []
    if (!isRising || last !== Number.POSITIVE_INFINITY || total !== count || sum === undefined)
      throw new Error(`The histogram ${name} of ${labels} is malformed.`)
  }
}

/** @returns values by series; throws at the first fault */
export const readMetrics = (text: string): ReadonlyMap<string, number> => {
  if (!text.endsWith('\n')) throw new Error('The last line does not end.')
  const values = new Map<string, number>()
  const families = new Map<string, Family>()
  let helped = ''
  let current: Family | undefined
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (kind === 'HELP') helped = name
    else if (kind === 'TYPE') {
      if (families.has(name) || helped !== name || !TYPES.includes(rest)) throw fault(line, 'wrong type')
      current = { name, type: rest, sets: new Map() }
      families.set(name, current)
    } else {
      const [, series = '', inBraces = '', value = ''] = SAMPLE.exec(line) ?? []
      if (!VALUE.test(value)) throw fault(line, 'not a sample')
      const labels = labelsIn(inBraces, line)
      const key = line.slice(0, line.lastIndexOf(' '))
      if (values.has(key)) throw fault(line, 'a series stands twice')
      values.set(key, numberOf(value))
      const part = current?.type === 'histogram' ? series.slice(current.name.length) : ''
      const isOwn = part === '' ? series === current?.name : ['_bucket', '_sum', '_count'].includes(part)
      if (current === undefined || !isOwn || !series.startsWith(current.name))
        throw fault(line, 'a sample outside its family')
      if (current.type === 'histogram') addToHistogram(current, part, labels, numberOf(value))
      else if (current.type === 'counter' && numberOf(value) < 0) throw fault(line, 'a negative counter')
    }
  }
  for (const family of families.values()) if (family.type === 'histogram') checkHistogram(family)
  return values
}
