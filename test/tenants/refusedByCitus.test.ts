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
  [
    'cannot execute ADD COLUMN commands involving serial pseudotypes when metadata is synchronized',
    /nextval/,
  ],
  ["cannot add a column involving DEFAULT nextval('..') because the table is not empty", /nextval/],
  ['cannot alter OWNED BY option of a sequence already owned by a distributed table', /final options/],
  ['cannot execute ADD CONSTRAINT command with other subcommands', /each constraint/],
  ['alter table command is currently unsupported', /adds, drops and renames/],
  ['tables in a distributed schema cannot inherit or be inherited', /partitioned/],
  ['referenced table "b" must be a distributed table or a reference table', /same schema/],
  ['functions used in UPDATE queries on distributed tables must not be VOLATILE', /record API/],
  ['triggers of the view w.v would not run on the workers of the Citus cluster', /trigger of a table/],
  ['rules of w.t would not apply on the workers of the Citus cluster', /trigger of a table/],
  ['foreign tables such as w.t have no place on the workers of the Citus cluster', /Copy the rows/],
  ['materialized views such as w.t have no place on the workers of the Citus cluster', /Make a view/],
  ['cannot create a foreign table in a distributed schema', /Copy the rows/],
  ['table w.t has no column but generated ones, which a Citus cluster cannot distribute', /another column/],
] as const)
  test(`a refusal of Citus becomes our own message with a way out: ${message}`, (t) => {
    const refusal = alterRefusalOf(
      Object.assign(new pg.DatabaseError(message, 0, 'error'), { code: 'XX000' }),
    )
    if (!(refusal instanceof Refusal)) throw new Error('not a refusal')
    t.false(refusal.message.includes(message))
    t.regex(refusal.message, /^The Citus cluster does not support this change: a Citus cluster /)
    t.regex(refusal.hint ?? '', hint)
  })
