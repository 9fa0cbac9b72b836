// Keys of some workspaces try themselves on another one. A million attempts:
//   ATTACK_ATTEMPTS=1000000 npm test -- 'test/attack/*.test.ts' --timeout 3h

import test from 'ava'
import fc from 'fast-check'
import { createRandom } from '../../tenants/demo/random.ts'
import { importSql } from '../../tenants/importSql.ts'
import { attackAttempts } from '../support/environment.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { COMPARED, type Template, UNCOMPARED } from './crossTenant.ts'
import { fingerprintOf } from './fingerprint.ts'
import { insertRecords } from './records.ts'
import { type Attempt, openSender, type Reply } from './send.ts'
import { type TenantData, tenantDataOf, unknownTenantData } from './tenantData.ts'

// One connection for all, so that what one workspace leaves on it meets the others.
const server = await startTestGateway({ environment: { POOL_SIZE: '1' } })
const { pool } = server.gateway
const { send, close } = openSender(server.url)
const MARK = 'Zqmarked'
const OBJECTS: readonly TenantData['ownObject'][] = [
  ['zqxfirsts', 'zqxfirst'],
  ['zqxseconds', 'zqxsecond'],
]

/** A workspace with marked records and a table of its own. */
const settle = async (index: 0 | 1, mark: string): Promise<{ client: Client; data: TenantData }> => {
  const client = await server.enter()
  const { workspace } = client
  const prefix = `0199a${index}0${index}`
  await insertRecords(pool, workspace.schemaName, prefix, { open: mark, secret: mark, secretCompanies: 1 })
  const ownObject = OBJECTS[index] ?? ['', '']
  await importSql(
    pool,
    workspace.id,
    `create table ${ownObject[1]} (id int primary key, name text); insert into ${ownObject[1]} values (1, '${mark}')`,
  )
  return { client, data: await tenantDataOf(pool, workspace, { prefix, ownObject }) }
}

const victim = await settle(0, MARK)
const attacker = await settle(1, 'own')
const other = await server.enter(undefined, { standardObjects: false })
await importSql(
  pool,
  other.workspace.id,
  `create table company (id int primary key, name text); create table person (id uuid primary key, name text, company_id int references company);
   create table note (id uuid primary key, title text)`,
)
const TOKENS = [
  attacker.client.token,
  (await server.client(attacker.client.workspace, 'Guest')).token,
  other.token,
]

test.after.always(async () => {
  close()
  await server.close()
})

const nobody = unknownTenantData(victim.data)
const everyId = (data: TenantData): readonly string[] => [
  ...(['company', 'person', 'opportunity', 'note', 'task', 'note_target'] as const).flatMap(data.records),
  ...data.objects,
  ...data.fields,
  ...data.roles,
  ...data.keys,
  data.workspaceId,
]
const theirIds = new Set(everyId(victim.data))
/** Objects and fields with the same id in every workspace are public. */
for (const id of everyId(attacker.data)) theirIds.delete(id)

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const CURSOR = /"(eyJ[\w+/=-]+)"/g

/** The part of an answer about the victim that was not in the request already. */
const leakedIn = ({ text }: Reply, attempt: Attempt): readonly string[] => {
  const asked = JSON.stringify(attempt)
  const cursors = [...text.matchAll(CURSOR)].map(([, cursor = '']) =>
    Buffer.from(cursor, 'base64').toString(),
  )
  const shown = [text, ...cursors].join('\n')
  const words = [MARK, victim.data.schemaName, victim.data.ownObject[1]]
  return [
    ...words.filter((word) => shown.includes(word) && !asked.includes(word)),
    ...(shown.match(UUID) ?? []).filter((id) => theirIds.has(id) && !asked.includes(id)),
  ]
}

/** The answer without what it repeats of the request and what differs each time. */
const sameForm = (reply: Reply, data: TenantData): string => {
  let text = reply.text
  for (const word of [...data.ownObject, data.schemaName, data.subdomain])
    text = text.replaceAll(word, '«name»')
  const ids = new Set(everyId(data))
  return `${reply.status} ${text.replace(UUID, (id) => (ids.has(id) ? '«id»' : id)).replace(/"(createdAt|updatedAt)":"[^"]*"/g, '')}`
}

interface Try {
  readonly template: number
  readonly seed: number
  readonly token: number
}

const requestOf = (templates: readonly Template[], { template, seed }: Try, their: TenantData): Attempt => {
  const chosen = templates[template % templates.length]
  if (chosen === undefined) throw new Error('There is no such template.')
  return chosen({ their, own: attacker.data, random: createRandom(seed) })
}

const counts = { requests: 0, answered: 0 }
const attack = async (attempt: Attempt, { token }: Try): Promise<Reply> => {
  const reply = await send(attempt, TOKENS[token % TOKENS.length] ?? '')
  counts.requests++
  if (reply.status < 300) counts.answered++
  if (reply.status >= 500) throw new Error(`${reply.status} to ${JSON.stringify(attempt)}: ${reply.text}`)
  const leaked = leakedIn(reply, attempt)
  if (leaked.length > 0)
    throw new Error(`${JSON.stringify(attempt)} revealed ${leaked.join(', ')}: ${reply.text}`)
  return reply
}

/**
 * Both work on meanwhile, alike, so that the gateway has statements, models and answers of each at hand for
 * the other.
 */
const workOn = async (): Promise<void> => {
  for (const [{ client }, mark] of [
    [victim, MARK],
    [attacker, 'own person'],
  ] as const) {
    const { status, text } = await send({ method: 'GET', path: '/rest/people?depth=1' }, client.token)
    if (status !== 200 || !text.includes(mark)) throw new Error(`${status} to one's own: ${text}`)
  }
}

const tries = fc.array(fc.record({ template: fc.nat(9_999), seed: fc.nat(2 ** 31 - 1), token: fc.nat(99) }), {
  minLength: 1,
  maxLength: 49,
  size: 'max',
})
/** Of the lengths above, on average. */
const BATCH = 25
const SHOWN = 500
const ROUNDS = 4
const runs = (share: number): number => Math.ceil((attackAttempts() * share) / BATCH / ROUNDS)

for (let round = 1; round <= ROUNDS; round++) {
  test.serial(
    `ids of another workspace are answered like unknown ones (${round} of ${ROUNDS})`,
    async (t) => {
      const before = await fingerprintOf(pool, victim.client.workspace)
      await fc.assert(
        fc.asyncProperty(tries, async (batch) => {
          await Promise.all([
            workOn(),
            ...batch.map(async (each) => {
              const attempt = requestOf(COMPARED, each, victim.data)
              const theirs = await attack(attempt, each)
              const nowhere = await attack(requestOf(COMPARED, each, nobody), each)
              const [one, two] = [sameForm(theirs, victim.data), sameForm(nowhere, nobody)]
              if (one !== two)
                throw new Error(
                  `${JSON.stringify(attempt)}\n  theirs:  ${one.slice(0, SHOWN)}\n  nowhere: ${two.slice(0, SHOWN)}`,
                )
            }),
          ])
        }),
        // Half a run each: an attempt is two requests.
        { numRuns: runs(0.3), includeErrorInReport: true },
      )
      t.deepEqual(await fingerprintOf(pool, victim.client.workspace), before)
    },
  )

  test.serial(`ambiguous requests stay in the caller's workspace (${round} of ${ROUNDS})`, async (t) => {
    const before = await fingerprintOf(pool, victim.client.workspace)
    await fc.assert(
      fc.asyncProperty(tries, async (batch) => {
        await Promise.all([
          workOn(),
          ...batch.map((each) => attack(requestOf(UNCOMPARED, each, victim.data), each)),
        ])
      }),
      { numRuns: runs(0.1), includeErrorInReport: true },
    )
    t.deepEqual(await fingerprintOf(pool, victim.client.workspace), before)
  })
}

test.serial('many of the attempts were answered, so the comparison means something', (t) => {
  t.log(`${counts.requests} requests, ${counts.answered} answered with a 2xx`)
  t.true(counts.answered > counts.requests / 5)
})
