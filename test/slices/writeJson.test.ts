import test from 'ava'
import fc from 'fast-check'
import { createLongText } from '../../gateway/slices/longText.ts'
import { jsonTextOf, writeJsonInSlices } from '../../gateway/slices/writeJson.ts'

const textOf = (text: string | readonly Buffer[]): string =>
  typeof text === 'string' ? text : Buffer.concat(text).toString()

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
      t.is(textOf(await writeJsonInSlices(value)), JSON.stringify(value))
      // By smaller parts.
      t.is(textOf(await writeJsonInSlices(value, { maxUnits: 2_000 })), JSON.stringify(value))
      t.is(textOf(await jsonTextOf(value)), JSON.stringify(value))
    }),
    { numRuns: 50 },
  )
})

test('JSON in slices leaves out what has no JSON, and splits no character of a long text', async (t) => {
  const text = `${'\u{1f600}"\\\n'.repeat(300)}\ud83d`
  const without = (): void => {}
  for (const value of [
    { a: undefined, b: without, list: [undefined, without, 1], at: new Date(0) },
    { a: undefined, b: without },
    [undefined],
    text,
    { text: [`x${text}`, text] },
  ])
    for (const maxUnits of [200, 5_000])
      t.is(textOf(await writeJsonInSlices(value, { maxUnits })), JSON.stringify(value))
})

test('a slice ends after its characters and the part that exceeds them', async (t) => {
  const slices: number[] = []
  const list = Array.from({ length: 1_000 }, (_, index) => ({ text: 'x'.repeat(index % 50) }))
  const written = textOf(
    await writeJsonInSlices({ list }, { maxUnits: 500, onSlice: (units) => slices.push(units) }),
  )
  t.is(written, JSON.stringify({ list }))
  t.true(slices.length > written.length / 600, `${slices.length}`)
  t.true(Math.max(...slices) < 500 + 70, `${Math.max(...slices)}`)

  slices.length = 0
  await writeJsonInSlices(
    { text: 'x'.repeat(10_000) },
    { maxUnits: 500, onSlice: (units) => slices.push(units) },
  )
  t.is(slices.length, 20)
  t.is(Math.max(...slices), 500)
})

test('a long text is written as the string that it holds', async (t) => {
  const long = createLongText()
  const parts = ['"\\\n', '\u{1f600}', 'x'.repeat(600_000), '']
  parts.forEach(long.add)
  const text = long.text()
  t.is(text.toString(), parts.join(''))
  t.is(text.byteLength, Buffer.byteLength(JSON.stringify(parts.join(''))) - 2)
  const slices: number[] = []
  const written = await writeJsonInSlices(
    { before: 1, text, after: [text] },
    { maxUnits: 1_000, onSlice: (units) => slices.push(units) },
  )
  t.is(textOf(written), JSON.stringify({ before: 1, text: parts.join(''), after: [parts.join('')] }))
  // No piece was copied.
  t.true(text.pieces.every((piece) => written.includes(piece)))
  t.is(textOf(await jsonTextOf({ text: createLongText().text() })), '{"text":""}')
})
