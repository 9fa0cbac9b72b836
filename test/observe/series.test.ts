import test from 'ava'
import { Histogram, Registry } from 'prom-client'
import { createSeries } from '../../gateway/observe/series.ts'

test('a histogram has no more sets of labels than its bound, and one for the rest', async (t) => {
  const registry = new Registry()
  const histogram = new Histogram({
    name: 'bounded_seconds',
    help: 'A test.',
    labelNames: ['route'] as const,
    buckets: [1],
    registers: [registry],
  })
  const series = createSeries(histogram, 3, { route: '(other)' })
  for (let round = 0; round < 2; round += 1)
    for (let route = 0; route < 50; route += 1)
      series.observe(String(route), () => ({ route: String(route) }), 0.5)
  const counts = (await registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith('bounded_seconds_count'))
  t.deepEqual(counts, [
    'bounded_seconds_count{route="0"} 2',
    'bounded_seconds_count{route="1"} 2',
    'bounded_seconds_count{route="2"} 2',
    'bounded_seconds_count{route="(other)"} 94',
  ])
})
