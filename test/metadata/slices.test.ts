// Models of many objects are read for the metadata API in slices.

import test from 'ava'
import { createCacheBudget } from '../../gateway/cache/budget.ts'
import { createModels } from '../../gateway/metadata/model/models.ts'
import { linkModel } from '../../gateway/metadata/model/nodes.ts'
import { describe, describeInSlices } from '../../tenants/model/describe/describe.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { createReuse } from '../../tenants/model/read/reuse.ts'
import { readSources } from '../../tenants/model/read/sources.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { readSources as readSourceFiles } from '../support/sources.ts'

const TABLES = 60
/** Columns after which a slice ends. */
const MAX_UNITS = 300

const tableOf = (index: number): string =>
  `create table thing_${index} (id uuid primary key, parent_id uuid references thing_${Math.floor(index / 2)},
    ${Array.from({ length: 12 }, (_, at) => `value_${at} text`).join(', ')});`

test('a large model is described in slices from the parts of its records, as at once', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { id, schemaName } = await createWorkspace(pool, { name: 'Slices' })
  const tables = Array.from({ length: TABLES }, (_, index) => tableOf(index)).join('\n')
  await pool.query(`set local search_path to ${schemaName}; ${tables} comment on table thing_7 is '@hidden'`)
  const slices: number[] = []
  let made = 0
  const reuse = createReuse(new Map(), () => {
    made += 1
  })
  const models = createModels({
    ...{ pool, reuse, budget: createCacheBudget(100_000_000) },
    onSlice: (units) => slices.push(units),
  })
  const sources = await readSources(pool, id)
  deriveModel(sources.catalog, { standard: true, registry: sources.registry, reuse })
  const madeForRecords = made

  const view = { id }
  // Two requests share one read, and a view that came later has its own.
  const [one, same] = [models.whole(view), models.whole(view)]
  t.is(one, same)
  await pool.query(`alter table ${schemaName}.thing_3 add column added text`)
  const later = models.whole({ id })
  const nodesOf = async (read: typeof one) => (await read).nodes
  const textOf = (nodes: Awaited<ReturnType<typeof nodesOf>>): string =>
    JSON.stringify(
      nodes.objects.map(({ body, fields, indexes }) => [body, fields.map(({ body: of }) => of), indexes]),
    )
  await nodesOf(one)
  const after = await readSources(pool, id)
  t.is(textOf(await nodesOf(later)), textOf(await linkModel(describe(after).metadata)))

  // The hidden table and its neighbours: 3, 14 and 15; then 3 again, with another column, and its relations.
  t.true(made - madeForRecords < TABLES / 2, `${made - madeForRecords} of ${madeForRecords}`)
  t.true(slices.length > 10, `${slices.length}`)
  t.true(Math.max(...slices) < MAX_UNITS + 60, `${Math.max(...slices)}`)
})

test('models that requests, changes and jobs read are described in slices', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { id, schemaName } = await createWorkspace(pool, { name: 'Slices' })
  const tables = Array.from({ length: TABLES }, (_, index) => tableOf(index)).join('\n')
  await pool.query(`set local search_path to ${schemaName}; ${tables}`)
  const sources = await readSources(pool, id)
  const slices: number[] = []
  const { metadata } = await describeInSlices(sources, (units) => slices.push(units))
  t.deepEqual(metadata, describe(sources).metadata)
  t.true(slices.length > 5, `${slices.length}`)
  t.true(Math.max(...slices) < MAX_UNITS + 60, `${Math.max(...slices)}`)
  const users = readSourceFiles('gateway', 'tenants').filter(({ lines }) =>
    /import \{[^}]*\bdescribe\b[^}]*\} from '[^']*describe\/describe\.ts'/.test(lines.join('\n')),
  )
  t.deepEqual(users, [])
})
