// Keys of restricted roles try to learn and to change what is hidden from them. Nothing may depend on it: two
// workspaces that differ in their secrets alone give the same answers.

import test from 'ava'
import fc from 'fast-check'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'
import { createRandom } from '../../tenants/demo/random.ts'
import { attackAttempts } from '../support/environment.ts'
import { startTestGateway } from '../support/gateway.ts'
import { fingerprintOf } from './fingerprint.ts'
import { READS, type Template, WRITES } from './fuzz.ts'
import { keepSecrets, untouchable } from './secrets.ts'
import { type Attempt, openSender, type Reply } from './send.ts'

const OPEN = 'Zqopen'
const [SECRET, OTHER] = ['Zqhidden', 'Zqmasked']
const PREFIX = '0199bbbb'

const server = await startTestGateway()
const { pool } = server.gateway
const { send, close } = openSender(server.url)
const one = await keepSecrets(server, PREFIX, { open: OPEN, secret: SECRET, secretCompanies: 1 })
const two = await keepSecrets(server, PREFIX, { open: OPEN, secret: `${OTHER} `, secretCompanies: 3 })
const victim = await keepSecrets(server, PREFIX, { open: OPEN, secret: SECRET, secretCompanies: 2 })
test.after.always(async () => {
  close()
  await server.close()
})

interface Try {
  readonly template: number
  readonly seed: number
  readonly role: number
}

const attemptOf = (templates: readonly Template[], { template, seed }: Try): Attempt => {
  const chosen = templates[template % templates.length]
  if (chosen === undefined) throw new Error('There is no such template.')
  return chosen({ prefix: PREFIX, open: OPEN, words: [OPEN, SECRET, OTHER], random: createRandom(seed) })
}

const counts = { requests: 0, answered: 0 }
const ask = async (attempt: Attempt, token: string | undefined): Promise<Reply> => {
  const reply = await send(attempt, token ?? '')
  counts.requests++
  if (reply.status < 300 && !reply.text.startsWith('{"errors"')) counts.answered++
  if (reply.status >= 500) throw new Error(`${reply.status} to ${JSON.stringify(attempt)}: ${reply.text}`)
  return reply
}

const SHOWN = 800
const compare = async (each: Try): Promise<void> => {
  const attempt = attemptOf(READS, each)
  const [a, b] = await Promise.all([one, two].map(({ tokens }) => ask(attempt, tokens[each.role])))
  if (a === undefined || b === undefined) throw new Error('Two answers were to come.')
  const form = ({ status, text }: Reply): string => `${status} ${text}`
  if (form(a) !== form(b))
    throw new Error(
      `${JSON.stringify(attempt)}\n  one: ${form(a).slice(0, SHOWN)}\n  two: ${form(b).slice(0, SHOWN)}`,
    )
}

const strike = async (each: Try): Promise<void> => {
  const attempt = attemptOf(WRITES, each)
  const { text } = await ask(attempt, victim.tokens[each.role])
  if (text.includes(SECRET) && !JSON.stringify(attempt).includes(SECRET))
    throw new Error(`${JSON.stringify(attempt)} revealed a secret: ${text}`)
}

/** Of the lengths below, on average. */
const BATCH = 25
const ROUNDS = 4
const runs = (share: number): number => Math.ceil((attackAttempts() * share) / BATCH / ROUNDS)
const attack = (each: (single: Try) => Promise<void>, numRuns: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ template: fc.nat(9_999), seed: fc.nat(2 ** 31 - 1), role: fc.nat(1) }), {
        minLength: 1,
        maxLength: 49,
        size: 'max',
      }),
      async (batch) => {
        await Promise.all(batch.map(each))
      },
    ),
    { numRuns, includeErrorInReport: true },
  )

for (let round = 1; round <= ROUNDS; round++) {
  test.serial(`no answer depends on hidden data (${round} of ${ROUNDS})`, async (t) => {
    // Half a run each: an attempt is two requests.
    await t.notThrowsAsync(attack(compare, runs(0.2)))
  })

  test.serial(`nothing that is hidden or closed can be written (${round} of ${ROUNDS})`, async (t) => {
    const before = await fingerprintOf(pool, victim.admin.workspace, untouchable)
    await attack(strike, runs(0.1))
    t.deepEqual(await fingerprintOf(pool, victim.admin.workspace, untouchable), before)
  })
}

test.serial('many of the attempts were answered, so the comparison means something', (t) => {
  t.log(`${counts.requests} requests, ${counts.answered} answered`)
  t.true(counts.answered > counts.requests / 5)
})

test.serial('would notice that the policies are off', async (t) => {
  const { schemaName } = one.admin.workspace
  const company = bindSchema(inWorkspace('company'), schemaName)
  await pool.query(`alter table ${company} disable row level security`)
  await t.throwsAsync(attack(compare, 100))
})
