import test from 'ava'
import { insertDemo } from '../../tenants/demo.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'

const database = await openTestDatabase()
const { pool } = database
test.after.always(() => database.close())

const NOW = new Date('2026-03-01T12:00:00Z')

const openDemo = async (seed?: number) => {
  const workspace = await createWorkspace(pool, { name: 'Demo' })
  const count = await insertDemo(pool, workspace.id, { now: NOW, ...(seed === undefined ? {} : { seed }) })
  return { ...workspace, count }
}

test('makes a few hundred records that hang together', async (t) => {
  const { schemaName, count } = await openDemo()
  t.true(count > 500)
  const { rows } = await pool
    .query(
      `set search_path to ${schemaName};
     select (select count(*)::int from company) as companies, (select count(*)::int from person) as people,
       (select count(*)::int from opportunity) as opportunities,
       (select count(*)::int from person where company_id is null) < 30 as mostly_employed,
       (select count(*)::int from opportunity o join person p on p.id = o.point_of_contact_id
          where p.company_id <> o.company_id) as foreign_contacts,
       (select count(*)::int from note n where not exists (select from note_target where note_id = n.id)) as stray_notes,
       (select count(*)::int from task n where not exists (select from task_target where task_id = n.id)) as stray_tasks,
       (select count(*)::int from company where created_at > updated_at or updated_at > '${NOW.toISOString()}') as mistimed,
       (select count(*)::int from person where emails_primary_email !~ '^[a-z.-]+@[a-z-]+\\.example$') as real_addresses`,
    )
    .then((results) => [results].flat().at(-1) ?? { rows: [] })
  t.deepEqual(rows, [
    {
      companies: 60,
      people: 200,
      opportunities: 80,
      mostly_employed: true,
      foreign_contacts: 0,
      stray_notes: 0,
      stray_tasks: 0,
      mistimed: 0,
      real_addresses: 0,
    },
  ])
})

test('is the same for the same seed and moment, but for ids; another seed makes other records', async (t) => {
  const people = async (schemaName: string) => {
    const { rows } = await pool.query(
      `select p.id, p.name_first_name, p.emails_primary_email, p.created_at, c.name as company
       from ${schemaName}.person p left join ${schemaName}.company c on c.id = p.company_id order by p.position`,
    )
    return { ids: rows.map(({ id }) => id), rest: rows.map(({ id: _, ...rest }) => rest) }
  }
  const [first, second, other] = [await openDemo(), await openDemo(), await openDemo(2)]
  const [a, b, c] = [
    await people(first.schemaName),
    await people(second.schemaName),
    await people(other.schemaName),
  ]
  t.deepEqual(a.rest, b.rest)
  t.notDeepEqual(a.rest, c.rest)
  t.deepEqual(
    a.ids.filter((id) => b.ids.includes(id)),
    [],
  )
})
