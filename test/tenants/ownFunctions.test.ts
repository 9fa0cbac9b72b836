import test from 'ava'
import { bindSchema, ownFunction, PLACEHOLDER, quoteIdentifier } from '../../sql/placeholder.ts'
import { createObject } from '../../tenants/model/change/object/object.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { createWorkspace, type Workspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'
import { earlierSearchFunctions } from '../support/earlierSearchText.ts'

const database = await openTestDatabase()
const { pool } = database
test.after.always(() => database.close())

const ROCKET = { nameSingular: 'rocket', namePlural: 'rockets', labelSingular: 'R', labelPlural: 'Rs' }

const functionsOf = async ({ schemaName }: Workspace): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ name: string }>(
    'select proname::text as name from pg_proc where pronamespace = $1::regnamespace order by proname',
    [quoteIdentifier(schemaName)],
  )
  return rows.map(({ name }) => name)
}

/** With a record rule that compares with the caller's own member. */
const createRestricted = async (name: string): Promise<Workspace> => {
  const workspace = await createWorkspace(pool, { name })
  const role = await createRole(pool, workspace.id, { label: 'Own', canReadAllObjectRecords: true })
  const rule = { column: 'name', operand: 'IS', value: null, memberColumn: 'user_email' }
  await upsertRowRules(pool, workspace.id, role.id, 'company', { rules: [rule], groups: [] })
  return workspace
}

test('names of others stay as they are, even if they end like the names of our functions', (t) => {
  for (const name of [`x_${PLACEHOLDER}`, `x_"${PLACEHOLDER}"`, `x_"${PLACEHOLDER}`, `_"${PLACEHOLDER}""`])
    t.is(
      bindSchema(`select ${ownFunction('search_vector')}(t.${quoteIdentifier(name)})`, 'w'),
      `select "w"."search_vector_w"(t.${quoteIdentifier(name)})`,
    )
})

test('no function has the same name in the schemas of two workspaces', async (t) => {
  const names = await Promise.all(
    ['One', 'Other'].map(async (name) => functionsOf(await createRestricted(name))),
  )
  const all = names.flat()
  t.true(all.length >= 6, all.join())
  t.deepEqual(all.toSorted(), [...new Set(all)].toSorted())
})

test('a change of the model makes the functions that the schema of an earlier version lacks, once', async (t) => {
  const workspace = await createWorkspace(pool, { name: 'Earlier' })
  const made = await functionsOf(workspace)
  await pool.query(earlierSearchFunctions(workspace.schemaName))
  const earlier = await functionsOf(workspace)
  await createObject(pool, workspace.id, ROCKET)
  const vector = made.filter((name) => name.startsWith('search_vector'))
  const both = [...earlier, ...vector].toSorted()
  t.deepEqual([...(await functionsOf(workspace))].toSorted(), both)
  await createObject(pool, workspace.id, { ...ROCKET, nameSingular: 'ship', namePlural: 'ships' })
  t.deepEqual([...(await functionsOf(workspace))].toSorted(), both)
  const { rows } = await pool.query(
    `insert into ${quoteIdentifier(workspace.schemaName)}.rocket (name) values ('Ariane Émile') returning search_vector::text as vector`,
  )
  t.deepEqual(rows, [{ vector: "'ariane':1 'emile':2" }])
})
