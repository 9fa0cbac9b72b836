import test from 'ava'
import pg from 'pg'
import { alterRefusalOf } from '../../tenants/model/change/run/alterRefusal.ts'
import { Refusal } from '../../tenants/refusal.ts'

for (const [message, hint] of [
  ['unexpected non-SELECT command in SubLink', /call a function/],
  ['Subqueries are not supported', /call a function/],
  ['Altering a distributed sequence is currently not supported.', /final options/],
  ['renaming constraints belonging to distributed tables is currently unsupported', /add it again/],
  [
    'nextval(sequence) calls in worker nodes are not supported for column defaults of type int or smallint',
    /bigserial/,
  ],
  [
    'column a of b draws from a sequence of type integer, which a Citus cluster has no values of',
    /bigserial/,
  ],
] as const)
  test(`what Citus refuses has our own words and a way out: ${message}`, (t) => {
    const refusal = alterRefusalOf(
      Object.assign(new pg.DatabaseError(message, 0, 'error'), { code: 'XX000' }),
    )
    if (!(refusal instanceof Refusal)) throw new Error('not a refusal')
    t.false(refusal.message.includes(message))
    t.regex(refusal.message, /^The Citus cluster does not support this change: a Citus cluster /)
    t.regex(refusal.hint ?? '', hint)
  })
