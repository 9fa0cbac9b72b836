import test from 'ava'
import { createLastUse } from '../../gateway/auth/lastUse.ts'

test('writes many keys at once, and tries again after a failure', async (t) => {
  const written: (readonly string[])[] = []
  const errors: unknown[] = []
  let fails = true
  const lastUse = createLastUse({
    write: async (keyIds) => {
      if (fails) throw new Error('away')
      written.push(keyIds)
    },
    onError: (error) => errors.push(error),
    clock: () => 0,
  })
  for (const keyId of ['a', 'b', 'a']) lastUse.note(keyId)
  await lastUse.close()
  t.is(errors.length, 1)
  fails = false
  for (const keyId of ['a', 'b', 'a']) lastUse.note(keyId)
  await lastUse.close()
  await lastUse.close()
  t.deepEqual(written, [['a', 'b']])
})
