// The answers are right, not only alike: for any question about the standard objects, a plain model in memory
// gives the same records in the same order. PARITY_QUESTIONS and TWOFACES_SEED change the drawn questions.

import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import type { Model } from '../../tenants/model/model.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { enterStandard, modelOf, subjectsOf } from './fixture.ts'
import { createMemory, isPlain, plainOperators, type World } from './inMemory.ts'
import type { Row } from './protocols.ts'
import { type Question, questionOf } from './question.ts'

const QUESTIONS = Number(process.env.PARITY_QUESTIONS ?? 2_000) / 2
const SEED = Number(process.env.TWOFACES_SEED ?? Date.now() % 2 ** 31)
const AT_ONCE = 10
const OBJECTS = ['company', 'person', 'opportunity', 'task', 'note', 'workspace_member']

let server: TestGateway
let client: Client
let model: Model

test.before(async () => {
  server = await startTestGateway()
  client = await enterStandard(server)
  model = await modelOf(server, client, true)
})
test.after.always(() => server?.close())

/** All records, page after page, those of the trash too. */
const readAll = async (plural: string): Promise<readonly Row[]> => {
  const records: Row[] = []
  const everything = encodeURIComponent('or(deletedAt[is]:NULL,deletedAt[is]:NOT_NULL)')
  let after = ''
  for (;;) {
    const { body } = await client.get(`/rest/${plural}?limit=200&filter=${everything}${after}`)
    records.push(...body.data[plural])
    if (!body.pageInfo.hasNextPage) return records
    after = `&starting_after=${encodeURIComponent(body.pageInfo.endCursor)}`
  }
}

/** A table and a question: small enough to be read when it is the counterexample. */
type Asked = readonly [table: string, question: Question]

test('records, order and counts are those of a plain model in memory', async (t) => {
  t.timeout(180_000)
  const records = new Map<string, ReadonlyMap<string, Row>>()
  for (const object of model.objects)
    records.set(
      object.table,
      new Map((await readAll(object.namePlural)).map((record) => [String(record.id), record])),
    )
  const world: World = { model, records }
  const subjects = (await subjectsOf(client, model))
    .filter(({ object }) => OBJECTS.includes(object.table))
    .map((subject) => ({
      ...subject,
      leaves: subject.leaves.filter(isPlain).map((leaf) => ({ ...leaf, operators: plainOperators(leaf) })),
    }))
  const byTable = new Map(subjects.map((subject) => [subject.object.table, subject]))
  const asked: fc.Arbitrary<Asked> = fc.oneof(
    ...subjects.map(({ object, leaves, samples }) =>
      questionOf(
        leaves,
        samples,
        leaves.filter(({ type }) => type !== 'TEXT' && type !== 'MULTI_SELECT'),
      ).map((question): Asked => [object.table, question]),
    ),
  )
  t.log(`${QUESTIONS} questions about ${subjects.length} objects, seed ${SEED}`)
  const check = async ([table, question]: Asked): Promise<void> => {
    const subject = byTable.get(table)
    if (subject === undefined) return
    const records = createMemory(world, subject.object, subject.leaves)(question)
    const expected = {
      refusal: null,
      ids: records.slice(0, question.limit).map(String),
      totalCount: records.length,
    }
    const reply = await subject.ask.rest(question, null)
    const actual = {
      refusal: reply.refusal,
      ids: reply.records.map(({ id }) => String(id)),
      totalCount: reply.totalCount,
    }
    if (isDeepStrictEqual(actual, expected)) return
    throw new Error(
      `${table} ${JSON.stringify(question)}\n${JSON.stringify(actual)}\ninstead of\n${JSON.stringify(expected)}`,
    )
  }
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (questions) => {
      const failed = (await Promise.allSettled(questions.map(check))).find(
        (result) => result.status === 'rejected',
      )
      if (failed !== undefined) throw failed.reason
    }),
    { numRuns: Math.ceil(QUESTIONS / AT_ONCE), seed: SEED, includeErrorInReport: true },
  )
  t.pass()
})
