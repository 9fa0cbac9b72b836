import test from 'ava'
import fc from 'fast-check'
import { createSharedRounds } from '../../tenants/changes/sharedRounds.ts'

test('in any order, a round that ends for a caller has what the caller wrote before, and one runs at a time', async (t) => {
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
    fc.array(fc.boolean(), { maxLength: 12 }),
    async (scheduler, laterCalls, failures) => {
      let [written, collected, begun, running] = [0, 0, 0, 0]
      const rounds = createSharedRounds(async () => {
        const fails = failures[begun] === true
        const seen = written
        begun += 1
        running += 1
        t.is(running, 1)
        await scheduler.schedule(Promise.resolve(), 'a round ends')
        running -= 1
        if (fails) throw new Error('away')
        collected = seen
      })
      const call = (): Promise<void> => {
        written += 1
        const own = written
        const check = (): void => void t.true(collected >= own)
        return rounds.run().then(check, ({ message }: Error) => void t.is(message, 'away'))
      }
      const calls = laterCalls.map((isLater) =>
        isLater ? scheduler.schedule(Promise.resolve(), 'a call').then(call) : call(),
      )
      await scheduler.waitFor(Promise.all(calls))
      await rounds.idle()
      t.true(begun <= laterCalls.length)
    },
  )
  await fc.assert(property, { numRuns: 200 })
})

test('calls during a round share the one after it', async (t) => {
  let begun = 0
  const rounds = createSharedRounds(async () => {
    begun += 1
    await new Promise(setImmediate)
  })
  // The first caller calls again in the moment between the two.
  await Promise.all([rounds.run().then(rounds.run), rounds.run(), rounds.run()])
  t.is(begun, 2)
  await rounds.run()
  t.is(begun, 3)
})
