// Which traces are sampled, beside the sampler of OpenTelemetry.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { ROOT_CONTEXT } from '@opentelemetry/api'
import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace'
import test from 'ava'
import fc from 'fast-check'
import { openSampling } from '../../gateway/observe/trace/sampling.ts'
import { traceSettingsOf } from '../../gateway/observe/trace/settings.ts'
import { openTracing } from '../../gateway/observe/trace/tracing.ts'

const samplingOf = (sampler: string, ratio: number) => {
  const settings = traceSettingsOf({
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_TRACES_SAMPLER: sampler,
    OTEL_TRACES_SAMPLER_ARG: String(ratio),
  })
  if (settings === null) throw new Error('No traces.')
  return openSampling(settings)
}

const traceIds = fc.stringMatching(/^[0-9a-f]{32}$/).filter((id) => !/^0+$/.test(id))
const ratios = fc.oneof(fc.constantFrom(0, 0.1, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true }))

test('a ratio samples the traces that other services with this ratio sample', (t) => {
  fc.assert(
    fc.property(traceIds, ratios, (traceId, ratio) => {
      const theirs = new TraceIdRatioBasedSampler(ratio).shouldSample(ROOT_CONTEXT, traceId).decision === 2
      const own = samplingOf('traceidratio', ratio)
      t.is(own.samples(traceId, null), theirs)
      t.is(own.samples(traceId, 1), theirs)
      const following = samplingOf('parentbased_traceidratio', ratio)
      t.is(following.samples(traceId, null), theirs)
      t.true(following.samples(traceId, 1))
      t.false(following.samples(traceId, 0))
    }),
    { numRuns: 2_000 },
  )
})

test('new traces are sampled at the configured ratio, and their ids differ', (t) => {
  const { newTraceId, newSpanId, samples } = samplingOf('traceidratio', 0.25)
  const ids = Array.from({ length: 20_000 }, newTraceId)
  t.is(new Set(ids).size, ids.length)
  t.true(ids.every((id) => /^[0-9a-f]{32}$/.test(id)))
  t.regex(newSpanId(), /^[0-9a-f]{16}$/)
  const share = ids.filter((id) => samples(id, null)).length / ids.length
  // Six standard deviations.
  t.true(Math.abs(share - 0.25) < 0.02, String(share))
})

test('work that a request began is in its trace until its handler ends, even when unsampled', async (t) => {
  const tracing = await openTracing({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER: 'always_off' })
  if (tracing === undefined) throw new Error('No traces.')
  const { promise: worked, resolve: end } = Promise.withResolvers<readonly object[]>()
  const server = createServer((req, res) => {
    const ctx = { req, res, state: {} } as unknown as Parameters<typeof tracing.request>[0]
    const { promise: isHandled, resolve: handled } = Promise.withResolvers<void>()
    void tracing
      .request(ctx, async () => {
        await turn()
        const before = tracing.logFields()
        void isHandled.then(() => end([before, tracing.logFields()]))
        res.end('done')
      })
      .then(handled)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.is(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'done')
  const [before, after] = await worked
  t.regex(JSON.stringify(before), /"trace_id":"[0-9a-f]{32}"/)
  t.deepEqual(after, {})
  server.closeAllConnections()
  server.close()
  await tracing.close()
})
