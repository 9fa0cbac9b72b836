// What follows a mutation of the console, and what its forms send: no browser needed.

import { MutationObserver } from '@tanstack/react-query'
import test from 'ava'
import { Failure } from '../../console/api/failure.ts'
import { type ChangeMeta, createQueries } from '../../console/api/queries.ts'
import { expiresAtOf, isEndless, stateOf } from '../../console/keys/expiry.ts'
import { optionsIn, settingOf } from '../../console/model/object.ts'
import { createNotices } from '../../console/parts/notices.ts'
import { ceilingOf, niceCeiling } from '../../console/usage/hours.ts'
import { inputOf } from '../../console/workspace/settings.ts'

const setUp = () => {
  const notices = createNotices()
  return { notices, queries: createQueries(notices) }
}

const mutate = async (
  queries: ReturnType<typeof createQueries>,
  meta: ChangeMeta,
  mutationFn: (input: string) => Promise<unknown> = async (input) => input.toUpperCase(),
) => new MutationObserver(queries, { mutationFn, meta }).mutate('key')

test('a mutation marks its queries stale and announces its success with input and output', async (t) => {
  const { notices, queries } = setUp()
  for (const key of ['keys', 'roles', 'records', 'other']) queries.setQueryData([key, 1], key)
  await mutate(queries, {
    stale: [['keys'], { queryKey: ['roles'] }],
    staleAfter: (input: string) => (input === 'key' ? [['records']] : []),
    done: (input: string, output: string) => `${input} became ${output}`,
  })
  const isStale = (key: string) => queries.getQueryState([key, 1])?.isInvalidated
  t.deepEqual(['keys', 'roles', 'records', 'other'].map(isStale), [true, true, true, false])
  t.deepEqual(
    notices.get().map(({ kind, title }) => [kind, title]),
    [['success', 'key became KEY']],
  )
})

test('a failed mutation becomes a notice, unless its component shows the failure', async (t) => {
  const { notices, queries } = setUp()
  const fail = async () => {
    throw new Failure('Too many requests.', {
      status: 429,
      code: 'RATE_LIMITED',
      retryAfterSeconds: 1,
      hint: 'Wait.',
    })
  }
  queries.setQueryData(['keys'], [])
  await t.throwsAsync(mutate(queries, { stale: [['keys']], done: () => 'Done', showsFailure: true }, fail))
  t.deepEqual(notices.get(), [])
  await t.throwsAsync(mutate(queries, { stale: [['keys']], done: () => 'Done' }, fail))
  t.like(notices.get()[0], {
    kind: 'failure',
    title: 'Too many requests.',
    text: 'Try again in 1 second. Wait.',
  })
  t.false(queries.getQueryState(['keys'])?.isInvalidated)
})

test('notices are at most four, and can be closed', (t) => {
  const { notices } = setUp()
  let changes = 0
  const unsubscribe = notices.subscribe(() => {
    changes += 1
  })
  for (const title of ['a', 'b', 'c', 'd', 'e']) notices.notify({ kind: 'failure', title })
  t.is(
    notices
      .get()
      .map(({ title }) => title)
      .join(''),
    'bcde',
  )
  notices.close(notices.get()[0]?.id ?? 0)
  t.is(
    notices
      .get()
      .map(({ title }) => title)
      .join(''),
    'cde',
  )
  unsubscribe()
  notices.notifyFailure(new Error('x'))
  t.is(changes, 6)
})

test('an emptied number of the workspace’s settings restores its default', (t) => {
  t.deepEqual(JSON.parse(JSON.stringify(inputOf({ maxBatchRecords: '', displayName: 'A' }))), {
    displayName: 'A',
    maxBatchRecords: null,
  })
  t.deepEqual(JSON.parse(JSON.stringify(inputOf({ trashRetentionDays: 0 }))), { trashRetentionDays: 0 })
})

test('a key expires after its days, or at the end of a day', (t) => {
  const now = new Date('2030-01-01T00:00:00Z')
  const inDays = expiresAtOf({ choice: '30', date: '' }, now) ?? ''
  t.is(inDays, '2030-01-31T00:00:00.000Z')
  t.is(new Date(expiresAtOf({ choice: 'date', date: '2030-02-03' }, now) ?? '').getHours(), 23)
  t.is(expiresAtOf({ choice: 'date', date: '' }, now), null)
  const stateAt = (expiresAt: string, revokedAt: string | null = null) =>
    stateOf({ expiresAt, revokedAt }, now)
  t.is(stateAt(inDays), 'active')
  t.is(stateAt('2030-01-03T00:00:00Z'), 'expiring')
  t.is(stateAt('2029-12-31T00:00:00Z'), 'expired')
  t.is(stateAt(inDays, '2029-12-31T00:00:00Z'), 'revoked')
  t.true(isEndless(expiresAtOf({ choice: '36500', date: '' }, now) ?? '', now))
})

test('options and settings of a field are read out of untyped JSON', (t) => {
  const option = { value: 'A', label: 'a', color: 'red', position: 0 }
  t.deepEqual(optionsIn([option, { value: 'B' }, 'C', null]), [option])
  t.is(optionsIn(null), null)
  t.is(settingOf({ settings: { joinColumnName: 'ownerId' } }, 'joinColumnName'), 'ownerId')
  t.is(settingOf({ settings: [] }, 'joinColumnName'), undefined)
})

test('the axis of a chart has round steps', (t) => {
  t.deepEqual([0, 1, 1.2, 3, 7, 12, 101].map(niceCeiling), [1, 1, 2, 5, 10, 20, 200])
  const hour = { at: '2030-01-01T00:00:00Z', requests: 37, refused: 0, failed: 0 }
  t.is(ceilingOf([hour], 4), 40)
  t.is(ceilingOf([], 4), 4)
})
