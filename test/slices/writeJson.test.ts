import test from 'ava'
import fc from 'fast-check'
import { writeJsonInSlices } from '../../gateway/slices/writeJson.ts'

test('JSON in slices is the text of JSON.stringify', async (t) => {
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie('json'), { size: 'max', maxLength: 120 }),
      fc.dictionary(fc.string(), tie('json')),
    ),
  }))
  await fc.assert(
    fc.asyncProperty(json, async (value) => {
      t.is(String(await writeJsonInSlices(value)), JSON.stringify(value))
    }),
    { numRuns: 50 },
  )
})

test('a slice ends after its characters and the part that exceeds them', async (t) => {
  const slices: number[] = []
  const list = Array.from({ length: 1_000 }, (_, index) => ({ text: 'x'.repeat(index % 50) }))
  const written = await writeJsonInSlices({ list }, { maxUnits: 500, onSlice: (units) => slices.push(units) })
  t.is(String(written), JSON.stringify({ list }))
  t.true(slices.length > written.length / 600, `${slices.length}`)
  t.true(Math.max(...slices) < 500 + 70, `${Math.max(...slices)}`)
})
