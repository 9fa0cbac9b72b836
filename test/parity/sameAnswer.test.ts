// One question, two protocols: for any question about any object, REST and GraphQL answer alike, in values,
// order, counts and cursors, and a cursor of one works in the other. PARITY_QUESTIONS and TWOFACES_SEED
// change the drawn questions.

import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { unlimitedBudget } from '../../gateway/cache/budget.ts'
import { createRoleModels } from '../../gateway/records/model/roleModel.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import {
  enterHostile,
  enterStandard,
  modelOf,
  restrict,
  restrictedSubjects,
  type Subject,
  subjectsOf,
} from './fixture.ts'
import { type Question, questionOf } from './question.ts'

const QUESTIONS = Number(process.env.PARITY_QUESTIONS ?? 2_000)
const SEED = Number(process.env.TWOFACES_SEED ?? Date.now() % 2 ** 31)
/** Asked at once: the answers are waited for together. */
const AT_ONCE = 10

let server: TestGateway
let standard: Client
let hostile: Client

test.before(async () => {
  server = await startTestGateway()
  standard = await enterStandard(server)
  hostile = await enterHostile(server)
})
test.after.always(() => server?.close())

/** Which subject and what: small enough to be read when it is the counterexample. */
type Asked = readonly [subject: number, question: Question]

const compare = async (t: ExecutionContext, subject: Subject, question: Question): Promise<void> => {
  const { ask } = subject
  const message = `${subject.object.namePlural} ${JSON.stringify(question)}`
  const [rest, graphql] = await Promise.all([ask.rest(question, null), ask.graphql(question, null)])
  t.deepEqual(graphql, rest, message)
  const info = rest.pageInfo as { startCursor: string | null; endCursor: string | null } | null
  const cursor = (question.isBackward ? info?.startCursor : info?.endCursor) ?? null
  if (cursor === null) return
  // Backward from the last record of the page, so that there is something to find.
  const from = question.isBackward ? (info?.endCursor ?? cursor) : cursor
  const [restOn, graphqlOn] = await Promise.all([ask.rest(question, from), ask.graphql(question, from)])
  t.deepEqual(graphqlOn, restOn, message)
}

const run = async (t: ExecutionContext, subjects: readonly Subject[]): Promise<void> => {
  t.timeout(180_000)
  const asked: fc.Arbitrary<Asked> = fc.oneof(
    ...subjects.map(({ leaves, samples }, index) =>
      questionOf(leaves, samples).map((question): Asked => [index, question]),
    ),
  )
  const check = async ([index, question]: Asked): Promise<void> => {
    const subject = subjects[index]
    if (subject !== undefined) await compare(t, subject, question)
  }
  t.log(`${QUESTIONS / 2} questions about ${subjects.length} objects, seed ${SEED}`)
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (questions) => {
      const failed = (await Promise.allSettled(questions.map(check))).find(
        (result) => result.status === 'rejected',
      )
      if (failed !== undefined) throw failed.reason
    }),
    { numRuns: Math.ceil(QUESTIONS / 2 / AT_ONCE), seed: SEED, includeErrorInReport: true },
  )
}

const subjectsFor = async (client: Client, isStandard: boolean): Promise<readonly Subject[]> =>
  subjectsOf(client, await modelOf(server, client, isStandard))

test('both protocols answer alike about the standard objects', async (t) =>
  run(t, await subjectsFor(standard, true)))
test('both protocols answer alike about hostile tables', async (t) =>
  run(t, await subjectsFor(hostile, false)))
test('both protocols answer alike to a role that may not read everything', async (t) => {
  const { client, permissions } = await restrict(server, standard)
  const seen = createRoleModels(unlimitedBudget())(await modelOf(server, standard, true), permissions)
  await run(t, restrictedSubjects(await subjectsFor(standard, true), client, seen))
})
