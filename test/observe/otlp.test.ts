// Spans as the gateway encodes them, beside what the exporter of OpenTelemetry sends of the same spans.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTraceState } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import test from 'ava'
import fc from 'fast-check'
import { createOtlpEncoder } from '../../gateway/observe/trace/otlp.ts'
import { Span, type SpanStart } from '../../gateway/observe/trace/span.ts'

const resource = { 'service.name': 'tenantry', 'service.version': '1', ä: '"' }
const scope = { name: 'tenantry', version: '1' }
const origin = {
  resource: resourceFromAttributes(resource),
  instrumentationScope: scope,
  onEnd: () => {},
  epochMs: () => performance.timeOrigin,
}

const bodies: Buffer[] = []
const collector = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  bodies.push(Buffer.concat(chunks))
  response.end()
})
collector.listen(0, '127.0.0.1')
await once(collector, 'listening')
const { port } = collector.address() as AddressInfo
const exporter = new OTLPTraceExporter({ url: `http://127.0.0.1:${port}` })
test.after.always(async () => {
  await exporter.shutdown()
  collector.close()
})

/** What the exporter of OpenTelemetry sends. */
const sent = async (spans: readonly Span[]): Promise<string> => {
  await new Promise<void>((resolve, reject) =>
    exporter.export(spans as never, ({ code, error }) => (code === 0 ? resolve() : reject(error))),
  )
  return bodies.pop()?.toString('hex') ?? ''
}

const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`))
const text = fc.oneof(
  fc.string({ maxLength: 40, unit: 'binary' }),
  fc.string({ minLength: 100, maxLength: 300 }),
  fc.constant('\ud800'),
  fc.constant('x'.repeat(9_000)),
)
const value = fc.oneof(text, fc.nat(), fc.constantFrom(127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER, 0.5))
const parent = fc.record({
  traceId: hex(32),
  spanId: hex(16),
  traceFlags: fc.constant(1),
  isRemote: fc.boolean(),
  traceState: fc.constantFrom(undefined, createTraceState('vendor=7,other=ä'), createTraceState('')),
})
const span = fc
  .record({
    start: fc.record({
      traceId: hex(32),
      spanId: hex(16),
      traceFlags: fc.constant(1),
      kind: fc.nat(2),
      parent: fc.option(parent, { nil: undefined }),
    }),
    name: text,
    attributes: fc.dictionary(text, value, { maxKeys: 12 }),
    error: fc.option(text),
  })
  .map(({ start, name, attributes, error }) => {
    const details: SpanStart['details'] = () => ({ name, attributes })
    const made = new Span(origin, { ...start, details })
    made.error = error
    made.end()
    return made
  })

test('the encoder writes the bytes of the exporter of OpenTelemetry', async (t) => {
  const encode = createOtlpEncoder({ resource, scope })
  await fc.assert(
    fc.asyncProperty(fc.array(span, { minLength: 1, maxLength: 8 }), async (spans) => {
      t.is(Buffer.from(encode(spans)).toString('hex'), await sent(spans))
    }),
    { numRuns: 60 },
  )
})

test('a batch that was encoded stays as it is while others follow', (t) => {
  const encode = createOtlpEncoder({ resource, scope })
  const [first, second] = fc.sample(fc.array(span, { minLength: 1, maxLength: 3 }), 2)
  const encoded = encode(first ?? [])
  const copy = Buffer.from(encoded)
  encode(second ?? [])
  t.true(copy.equals(encoded))
})
