// The log of requests that wait for changes.

import test from 'ava'
import pino from 'pino'
import { startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

interface Line {
  readonly requestId?: string
  readonly ms?: number
  readonly isSlow?: boolean
}

test('a request that waits for a change, as it asked, is not slow', async (t) => {
  const lines: Line[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const gateway = await startTestGateway({ environment: { CAPTURE: 'on', LOG_SLOW_MS: '900' }, log })
  t.teardown(() => gateway.close())
  const client = await gateway.enter()
  const { headers } = await client.get('/changes?wait=1')
  const line = (): Line | undefined =>
    lines.find(({ requestId }) => requestId === headers.get('x-request-id'))
  await until('the request is logged', () => line() !== undefined)
  t.true((line()?.ms ?? 0) >= 900)
  t.is(line()?.isSlow, undefined)
})
