import test from 'ava'
import fc from 'fast-check'
import { attempt, createTurns } from '../../gateway/records/write/retry.ts'

type Outcome = 'written' | 'deadlock' | 'taken' | 'refused'
const CODES = { deadlock: '40P01', taken: '23505', refused: '23514' } as const
const failing = (outcome: Exclude<Outcome, 'written'>): Error =>
  Object.assign(new Error(outcome), { code: CODES[outcome], severity: 'ERROR' })
const never = (): never => {
  throw new Error('a statement too many')
}

/** What callers expect of the outcomes of successive attempts: the number of attempts, and the last outcome. */
const expected = (outcomes: readonly Outcome[], isRepeatable: boolean): [number, Outcome] => {
  for (const [at, outcome] of outcomes.entries()) {
    const until = outcomes.slice(0, at + 1)
    const deadlocks = until.filter((each) => each === 'deadlock').length
    const conflicts = until.slice(until.lastIndexOf('deadlock') + 1).length
    const goesOn =
      (outcome === 'deadlock' && deadlocks < 10) || (outcome === 'taken' && isRepeatable && conflicts < 3)
    if (!goesOn) return [at + 1, outcome]
  }
  return never()
}

test('writes are repeated after deadlocks, upserts after conflicts too, and both end', async (t) => {
  const failed = fc.constantFrom<Outcome>('deadlock', 'deadlock', 'deadlock', 'taken', 'refused')
  await fc.assert(
    fc.asyncProperty(fc.array(failed, { maxLength: 30 }), fc.boolean(), async (failures, isRepeatable) => {
      const outcomes: Outcome[] = [...failures, 'written']
      let runs = 0
      const run = async (): Promise<[string][]> => {
        const outcome = outcomes[runs] ?? never()
        runs += 1
        if (outcome !== 'written') throw failing(outcome)
        return [[outcome]]
      }
      const turns = createTurns()
      const ended = attempt(run, { isRepeatable, inTurn: (work) => turns('w', work) })
      const last = await ended.then(
        ([row]) => row?.[0],
        (error: Error) => error.message,
      )
      t.deepEqual([runs, last], expected(outcomes, isRepeatable))
    }),
  )
})

test('repeats of one workspace run one after the other, those of others beside them, whether they fail or not', async (t) => {
  const turns = createTurns()
  const running = new Map<string, number>()
  let atOnce = 0
  const work = (workspace: string, fails: boolean) =>
    turns(workspace, async () => {
      running.set(workspace, (running.get(workspace) ?? 0) + 1)
      t.is(running.get(workspace), 1)
      atOnce = Math.max(
        atOnce,
        [...running.values()].reduce((sum, each) => sum + each),
      )
      await new Promise(setImmediate)
      running.set(workspace, 0)
      if (fails) throw failing('refused')
    })
  const all = Array.from({ length: 30 }, (_, index) => work(`w${index % 3}`, index % 4 === 0))
  const failed = (await Promise.allSettled(all)).filter(({ status }) => status === 'rejected')
  t.is(failed.length, 8)
  t.is(atOnce, 3)
})
