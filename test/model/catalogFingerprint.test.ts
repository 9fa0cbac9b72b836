// A model is derived once for all catalogs with one fingerprint.

import test from 'ava'
import { type Catalog, readCatalog } from '../../sql/catalog/catalog.ts'
import { fingerprintInSteps } from '../../tenants/model/read/catalogFingerprint.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { type Registry, registrySql } from '../../tenants/model/read/registry.ts'
import { atOnce } from '../../tenants/model/read/steps.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'

const db = await openTestDatabase()
test.after.always(() => db.close())

const catalogFingerprint = (...parts: Parameters<typeof fingerprintInSteps>): string =>
  atOnce(fingerprintInSteps(...parts))

const HANDMADE = (schema: string): string => `set local search_path to ${schema};
  create type mood as enum ('calm', 'loud');
  create domain code as text check (value <> '');
  create table machine (id int primary key, mood mood not null default 'calm', moods mood[], code code, note text);
  comment on column machine.note is '20000';
  create unique index on machine (code) where mood = 'calm'::mood;
  create table part (machine int references machine, number int, primary key (machine, number));
  create view loud as select * from machine where mood = 'loud';
  create function age(years int) returns int language sql stable as 'select 1'`

const read = async () => {
  const { id, schemaName } = await createWorkspace(db.pool, { name: 'Fingerprint' })
  await db.pool.query(`begin; ${HANDMADE(schemaName)}; commit`)
  const catalog = await readCatalog(db.pool, schemaName)
  const { rows } = await db.pool.query<{ registry: Registry }>(
    `select ${registrySql('id')} as registry from tenantry.workspaces where id = $1`,
    [id],
  )
  if (catalog === null) throw new Error('The schema is gone.')
  return { catalog, sources: { standard: true, registry: rows[0]?.registry ?? [] } }
}

let one: Awaited<ReturnType<typeof read>>
let other: typeof one
test.before(async () => {
  one = await read()
  other = await read()
})

test('workspaces with equal tables have one fingerprint, and equal models', (t) => {
  t.notDeepEqual(one.catalog, other.catalog)
  t.is(catalogFingerprint(one.catalog, one.sources), catalogFingerprint(other.catalog, other.sources))
  t.deepEqual(deriveModel(one.catalog, one.sources), deriveModel(other.catalog, other.sources))
})

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Copies of a value, each with one leaf changed, by the path of the leaf. */
function* changed(value: Json, path: string): Generator<readonly [string, Json]> {
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries())
      for (const [at, copy] of changed(each, `${path}.${index}`)) yield [at, value.with(index, copy)]
    if (value.length > 0) yield [`${path}.length`, value.slice(0, -1)]
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value))
      for (const [at, copy] of changed(each, `${path}.${key}`)) yield [at, { ...value, [key]: copy }]
  } else if (typeof value === 'boolean') yield [path, !value]
  else if (typeof value === 'number') yield [path, value + 1]
  else yield [path, `${value ?? ''}1`]
}

/** The first of each kind of place: `relations.*.columns.*.name`, apart from ids and times of the registry. */
const places = (value: Json): readonly (readonly [string, Json])[] => {
  const kinds = new Map<string, readonly [string, Json]>()
  for (const [path, copy] of changed(value, '')) {
    const kind = path.replace(/\.\d+/g, '.*')
    if (!kinds.has(kind) && !/\.(id|createdAt|updatedAt)$/.test(kind)) kinds.set(kind, [path, copy])
  }
  return [...kinds.values()]
}

const plain = <T>(value: T): Json => JSON.parse(JSON.stringify(value)) as Json

test('a change of anything in a catalog or its registry changes the fingerprint', (t) => {
  const own = catalogFingerprint(one.catalog, one.sources)
  const { schema: _, ...catalog } = one.catalog
  const ofCatalog = places(plain(catalog))
  const ofRegistry = places(plain(one.sources.registry))
  t.true(ofCatalog.length > 50)
  t.true(ofRegistry.length >= 5)
  for (const [path, copy] of ofCatalog)
    t.not(
      catalogFingerprint(
        { schema: one.catalog.schema, ...(copy as unknown as Omit<Catalog, 'schema'>) },
        one.sources,
      ),
      own,
      path,
    )
  for (const [path, copy] of ofRegistry)
    t.not(
      catalogFingerprint(one.catalog, { standard: true, registry: copy as unknown as Registry }),
      own,
      path,
    )
  t.not(catalogFingerprint(one.catalog, { ...one.sources, standard: false }), own)
})
