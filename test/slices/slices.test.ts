// Work in slices shares the turns of the event loop.

import test from 'ava'
import { createSlices } from '../../tenants/model/read/slices.ts'
import { countTurns } from '../support/turns.ts'

test('a turn of the event loop continues one piece of work, the longest wait first', async (t) => {
  const turns = countTurns()
  const slices: (readonly [turn: number, work: number])[] = []
  const work = async (index: number): Promise<void> => {
    const own = createSlices({ maxUnits: 3, onSlice: () => slices.push([turns.count(), index]) })
    for (let unit = 0; unit < 30; unit += 1) {
      const others = own.spend(1)
      if (others !== null) await others
    }
    own.end()
  }
  await Promise.all([0, 1, 2, 3].map(work))
  turns.end()
  const [first, ...continued] = [...Map.groupBy(slices, ([turn]) => turn).values()]
  t.is(first?.length, 4)
  t.true(continued.every((each) => each.length === 1))
  // A slice ends after three units, or earlier where the machine is slow.
  t.true(continued.length >= 4 * 9)
  const works = slices.map(([, index]) => index)
  t.deepEqual(
    works.slice(0, 24),
    Array.from({ length: 24 }, (_, at) => at % 4),
  )
})

test('work that begins in a turn whose time is spent waits for the next one', async (t) => {
  const before = createSlices({ maxUnits: 1_000 })
  const untilMs = performance.now() + 15
  while (performance.now() < untilMs);
  const after = createSlices({ maxUnits: 1_000 })
  t.truthy(after.spend(1))
  t.truthy(before.spend(1))
})
