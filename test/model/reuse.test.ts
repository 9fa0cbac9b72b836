// A model that is derived with parts of earlier models equals one that is derived from nothing.

import test from 'ava'
import { printSchema } from 'postgraphile/graphql'
import { compileSchema } from '../../gateway/graphql/schema/compile.ts'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import type { Model } from '../../tenants/model/model.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { type Registry, registrySql } from '../../tenants/model/read/registry.ts'
import { createReuse, type PartKind } from '../../tenants/model/read/reuse.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createRandom } from '../schemas/random.ts'
import { openTestDatabase } from '../support/database.ts'
import { type CatalogState, mutate } from './catalogChanges.ts'

const SEEDS = [1, 2]
const STEPS = 25

const HANDMADE = (schema: string): string => `set local search_path to ${schema};
  create type mood as enum ('calm', 'loud');
  create domain code as text check (value <> '');
  create table machine (id int primary key, mood mood not null default 'calm', moods mood[], code code, note text,
    machine_id int references machine, home_street1 text, home_street2 text, deleted_at timestamptz);
  comment on column machine.note is '@name remark';
  create unique index on machine (code) where deleted_at is null;
  create table part (machine_id int references machine, number int, primary key (machine_id, number));
  create view loud as select * from machine where mood = 'loud';
  create table empty ();
  create function age(years int) returns int language sql stable as 'select 1';
  create function machine_size(machine) returns int language sql stable as 'select 1';
  create function loudest() returns machine language sql stable as 'select * from machine limit 1'`

let first: CatalogState

test.before(async () => {
  const db = await openTestDatabase()
  const { id, schemaName } = await createWorkspace(db.pool, { name: 'Reuse' })
  await db.pool.query(`begin; ${HANDMADE(schemaName)}; commit`)
  const catalog = await readCatalog(db.pool, schemaName)
  const { rows } = await db.pool.query<{ registry: Registry }>(
    `select ${registrySql('id')} as registry from tenantry.workspaces where id = $1`,
    [id],
  )
  await db.close()
  if (catalog === null) throw new Error('The schema is gone.')
  first = { catalog, registry: rows[0]?.registry ?? [] }
})

/** With the order of fields and columns, which `deepEqual` does not compare. */
const textOf = ({ byTable, byPlural, bySingular, ...model }: Model): string =>
  JSON.stringify(
    { ...model, names: [byTable, byPlural, bySingular].map((each) => [...each.keys()]) },
    (_key, value: unknown) => (value instanceof Map ? [...value] : value),
  )

const reusing = () => {
  const made: PartKind[] = []
  const reuse = createReuse(new Map<string, object>(), (kind) => made.push(kind))
  const derive = ({ catalog, registry }: CatalogState, withInactive = false): Model =>
    deriveModel(catalog, { standard: true, registry, withInactive, reuse })
  return {
    derive,
    /** Parts that deriving the state makes. */
    madeFor: (state: CatalogState): readonly PartKind[] => {
      made.length = 0
      derive(state)
      return made.toSorted()
    },
  }
}

const outcomeOf = (derive: () => Model): string => {
  try {
    return textOf(derive())
  } catch (error) {
    return String(error)
  }
}

for (const seed of SEEDS)
  test(`random changes meet no part of an earlier model that differs (seed ${seed})`, (t) => {
    const random = createRandom(seed)
    const { derive } = reusing()
    const past = [first]
    const texts = new Set<string>()
    let state = first
    const names: string[] = []
    for (let step = 0; step < STEPS; step += 1) {
      const [name, changed] = random.chance(0.1)
        ? (['back', random.pick(past)] as const)
        : mutate(state, random)
      state = changed
      past.push(state)
      names.push(name)
      const { catalog, registry } = state
      // The metadata API derives with the parts of the record APIs.
      for (const withInactive of random.chance(0.5) ? [true, false] : [false]) {
        const fresh = outcomeOf(() => deriveModel(catalog, { standard: true, registry, withInactive }))
        t.is(
          outcomeOf(() => derive(state, withInactive)),
          fresh,
          names.join(),
        )
        texts.add(fresh)
      }
    }
    t.true(texts.size > STEPS / 2, `${texts.size}`)
  })

/** The catalog with a change of one of its tables. */
const changing = (
  table: string,
  change: (columns: CatalogState['catalog']['relations'][number]) => object,
) => ({
  ...first,
  catalog: {
    ...first.catalog,
    relations: first.catalog.relations.map((each) =>
      each.name === table ? { ...each, ...change(each) } : each,
    ),
  },
})

const withColumn = () =>
  changing('company', ({ columns }) => {
    const [column] = columns
    return { columns: [...columns, { ...column, number: 99, name: 'added', notNull: false }] }
  })

test('of a model with one changed field, one object is derived', (t) => {
  const { madeFor } = reusing()
  const objects = deriveModel(first.catalog, { standard: true, registry: first.registry }).objects.length
  t.is(madeFor(first).filter((kind) => kind === 'object').length, objects)
  t.deepEqual(madeFor(first), [])
  t.deepEqual(madeFor(withColumn()), ['annotation', 'draft', 'field names', 'object'])
  const commented = changing('part', () => ({ comment: 'Another text.' }))
  t.deepEqual(madeFor(commented), ['annotation', 'draft', 'field names', 'object'])
})

test('of a model with a renamed object, the objects that have relations to it are derived too', (t) => {
  const { madeFor } = reusing()
  madeFor(first)
  const made = madeFor(changing('machine', () => ({ comment: '@name device' })))
  t.deepEqual(
    made.filter((kind) => kind === 'object' || kind === 'draft'),
    ['draft', 'object', 'object'],
  )
})

test('a model that shares parts with another prints the same schema as one that does not', async (t) => {
  const { derive } = reusing()
  derive(first)
  const printed = async (model: Model) => printSchema((await compileSchema(model)).schema)
  t.is(
    await printed(derive(withColumn())),
    await printed(deriveModel(withColumn().catalog, { standard: true, registry: first.registry })),
  )
})
