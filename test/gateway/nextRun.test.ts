import test from 'ava'
import { createNextRun } from '../../gateway/cache/nextRun.ts'

/** The test ends each run. */
const controlled = () => {
  const runs: { readonly key: string; readonly ended: PromiseWithResolvers<string> }[] = []
  const ask = createNextRun((key: string) => {
    const ended = Promise.withResolvers<string>()
    runs.push({ key, ended })
    return ended.promise
  })
  return { runs, ask }
}

test('a call shares no run that began before it, and each key has one at a time', async (t) => {
  const { runs, ask } = controlled()
  const first = ask('a')
  const shared = [ask('a'), ask('a')]
  const other = ask('b')
  t.deepEqual(
    runs.map(({ key }) => key),
    ['a', 'b'],
  )
  runs[0]?.ended.resolve('old')
  t.is(await first, 'old')
  runs[1]?.ended.resolve('other')
  t.is(await other, 'other')
  t.is(runs.length, 3)
  const late = ask('a')
  runs[2]?.ended.resolve('new')
  t.deepEqual(await Promise.all(shared), ['new', 'new'])
  t.is(runs.length, 4)
  runs[3]?.ended.resolve('newest')
  t.is(await late, 'newest')
})

test('a run that fails fails its own callers alone', async (t) => {
  const { runs, ask } = controlled()
  const failing = ask('a')
  const next = ask('a')
  runs[0]?.ended.reject(new Error('away'))
  await t.throwsAsync(failing, { message: 'away' })
  runs[1]?.ended.resolve('there')
  t.is(await next, 'there')
  const again = ask('a')
  t.is(runs.length, 3)
  runs[2]?.ended.resolve('again')
  t.is(await again, 'again')
})
