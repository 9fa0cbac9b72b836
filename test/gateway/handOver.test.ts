// Connections of processes that are killed before they accept them.

import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import test from 'ava'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { scratchDirectory, startGateway } from './process.ts'

const CLIENTS = 24

test('clients of a process that is killed before it accepts them are not left waiting', async (t) => {
  const { ownerUrl, secretKey } = await createTestDatabase(t)
  const gateway = startGateway(t, {
    ...{ DATABASE_URL: ownerUrl, SECRET_KEY: secretKey, DATA_DIR: await scratchDirectory(t) },
    ...{ PROCESSES: '2', PROCESS_TIMEOUT_SECONDS: '3600' },
  })
  const children = async (): Promise<readonly number[]> => {
    const text = await readFile(`/proc/${gateway.pid}/task/${gateway.pid}/children`, 'utf8')
    return text.trim().split(/\s+/).filter(Boolean).map(Number)
  }
  const url = await gateway.url()
  const statusOf = (): Promise<number | 'closed'> =>
    new Promise((resolve) => {
      request(`${url}/healthz`, { agent: false }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
        .on('error', () => resolve('closed'))
        .end()
    })
  await until('both processes were started', async () => (await children()).length === 2)
  t.is(await statusOf(), 200)
  const [stopped = 0] = await children()
  process.kill(stopped, 'SIGSTOP')
  const outcomes: (number | 'closed')[] = []
  for (let client = 0; client < CLIENTS; client += 1)
    void statusOf().then((outcome) => outcomes.push(outcome))
  // The stopped process gets no further connection before it accepts the first one.
  await until('all clients but one have an outcome', () => outcomes.length >= CLIENTS - 1)
  t.deepEqual(new Set(outcomes), new Set([200]))
  process.kill(stopped, 'SIGKILL')
  await until('the last client has an outcome', () => outcomes.length === CLIENTS)
  t.is(outcomes.at(-1), 'closed')
  await until('the gateway answers again', async () => (await statusOf()) === 200)
})
