// Keeps the API names of workspaces that were created under earlier rules: a name that today's rules would
// change is recorded in a comment (`@name invoice invoices`), which dumps keep. Afterwards today's rules name
// every workspace. Each workspace is processed once. Can be deleted together with earlierNames.ts.

import { isDeepStrictEqual } from 'node:util'
import type { ClientBase, Pool } from 'pg'
import { type Catalog, readCatalog } from '../../sql/catalog/catalog.ts'
import { runInOrder } from '../../sql/citus.ts'
import type { Log } from '../../sql/log.ts'
import { changeModel } from '../changeModel.ts'
import { BRIEFLY } from '../model/change/run/lockTimeout.ts'
import { patiently } from '../model/change/run/patiently.ts'
import type { FunctionModel, Model, ModelField, ObjectModel } from '../model/model.ts'
import { type Pin, pinKey, pinStatements, withPins } from '../model/pin.ts'
import { columnTypes } from '../model/read/columnType.ts'
import { type DeriveOptions, deriveModel } from '../model/read/derive.ts'
import { functionCandidates } from '../model/read/deriveFunction.ts'
import { type Registry, registrySql } from '../model/read/registry.ts'
import { clashReason, mutationFieldsOf, rootFieldsOf } from '../model/reserved.ts'
import { earlierCamelCase, earlierFieldNames, earlierObjectNames } from './earlierNames.ts'

const NAMING = 2
const AT_ONCE = 4
const PAGE = 500
/** A pin may free a name that another table then takes. */
const MAX_ROUNDS = 4

const EARLIER = { nameObjects: earlierObjectNames, nameFields: earlierFieldNames }

/** The catalog position of a field, independent of its name. */
const identityOf = (field: ModelField): string =>
  field.kind === 'scalar'
    ? `column ${field.column.name}`
    : field.kind === 'composite'
      ? `column ${field.parts[0]?.column.name}`
      : `${field.kind} ${field.target} ${field.constraint}`

const firstColumn = (object: ObjectModel, field: ModelField): string | undefined => {
  if (field.kind === 'scalar') return field.column.name
  if (field.kind !== 'composite') return undefined
  const parts = new Set(field.parts.map(({ column }) => column.name))
  return [...object.columns.keys()].find((name) => parts.has(name))
}

const pinOfField = (earlier: Model, object: ObjectModel, field: ModelField): readonly Pin[] => {
  const { table } = object
  const column = firstColumn(object, field)
  if (column !== undefined) return [{ kind: 'column', table, part: column, names: [field.name] }]
  if (field.kind !== 'toOne' && field.kind !== 'toMany') return []
  // One comment, on the constraint, names both sides.
  const names = field.kind === 'toOne' ? [field.name, field.inverse] : [field.inverse, field.name]
  const source = field.kind === 'toOne' ? table : field.target
  return earlier.byTable.has(source)
    ? [{ kind: 'constraint', table: source, part: field.constraint, names }]
    : []
}

/** Names that today's rules would change. */
const differences = (earlier: Model, now: Model): readonly Pin[] =>
  earlier.objects.flatMap((object): readonly Pin[] => {
    // A name that GraphQL could not show did not work in both protocols.
    if (clashReason(object) !== null) return []
    const same = now.byTable.get(object.table)
    const { table, nameSingular, namePlural } = object
    const own: readonly Pin[] =
      same?.nameSingular === nameSingular && same.namePlural === namePlural
        ? []
        : [{ kind: 'table', table, part: '', names: [nameSingular, namePlural] }]
    const names = new Map([...(same?.fields.values() ?? [])].map((field) => [identityOf(field), field.name]))
    const fields = [...object.fields.values()].flatMap((field) => {
      const name = names.get(identityOf(field))
      return name === undefined || name === field.name ? [] : pinOfField(earlier, object, field)
    })
    return [...own, ...fields]
  })

/** Functions that GraphQL showed under the earlier rules. */
const earlierFunctions = (earlier: Model): ReadonlySet<FunctionModel> => {
  const roots = new Set(
    earlier.objects.flatMap((object) => [...rootFieldsOf(object), ...mutationFieldsOf(object)]),
  )
  const isTaken = ({ table, fieldName }: FunctionModel): boolean =>
    table === null ? roots.has(fieldName) : earlier.byTable.get(table)?.fields.has(fieldName) === true
  const groups = Map.groupBy(earlier.functions, ({ kind, table, fieldName }) =>
    JSON.stringify([kind, table, fieldName]),
  )
  return new Set(
    [...groups.values()].flatMap((asking) => {
      const named = asking.filter(({ isNamed }) => isNamed)
      const [first, ...rivals] = named.length > 0 ? named : asking
      return first === undefined || rivals.length > 0 || isTaken(first) ? [] : [first]
    }),
  )
}

const namesOf = ({ fieldName, arguments: args }: FunctionModel): readonly string[] => [
  fieldName,
  ...args.map(({ name }) => name),
]

/** Names of functions and their arguments that today's rules would change. */
const functionDifferences = (catalog: Catalog, earlier: Model): readonly Pin[] => {
  const resolve = columnTypes(catalog)
  const now = functionCandidates(catalog, resolve)
  const before = functionCandidates(catalog, resolve, earlierCamelCase)
  const served = earlierFunctions({ ...earlier, functions: before.map(({ model }) => model) })
  return before.flatMap(({ model, signature }, index): readonly Pin[] => {
    const same = now[index]
    const names = namesOf(model)
    return same === undefined || !served.has(model) || isDeepStrictEqual(namesOf(same.model), names)
      ? []
      : [{ kind: 'function', table: model.name, part: signature, names }]
  })
}

/** The pins of a catalog, by catalog position. */
const pinsOf = (catalog: Catalog, options: DeriveOptions): ReadonlyMap<string, Pin> => {
  const whole = { ...options, withInactive: true }
  const earlier = deriveModel(catalog, { ...whole, naming: EARLIER })
  const pins = new Map(functionDifferences(catalog, earlier).map((pin) => [pinKey(pin), pin]))
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const more = differences(earlier, deriveModel(withPins(catalog, pins), whole))
    if (more.every((pin) => pins.has(pinKey(pin)))) break
    for (const pin of more) pins.set(pinKey(pin), pin)
  }
  return pins
}

interface Row {
  readonly schema_name: string
  readonly has_standard_objects: boolean
  readonly registry: Registry
}

/** Statements that pin the names of one workspace. */
const plan = async (connection: Pool | ClientBase, id: string): Promise<readonly string[]> => {
  const { rows } = await connection.query<Row>(
    `select schema_name, has_standard_objects, ${registrySql('id')} as registry from tenantry.workspaces where id = $1`,
    [id],
  )
  const [row] = rows
  const catalog = row === undefined ? null : await readCatalog(connection, row.schema_name)
  if (row === undefined || catalog === null) return []
  return pinStatements(
    catalog,
    pinsOf(catalog, { standard: row.has_standard_objects, registry: row.registry }),
  )
}

const DONE = `update tenantry.workspaces set naming = ${NAMING} where id = any ($1)`

export const pinWorkspace = (pool: Pool, id: string): Promise<number> =>
  patiently(() =>
    changeModel(pool, id, async (client) => {
      const statements = await plan(client, id)
      await runInOrder(client, [BRIEFLY, ...statements])
      await client.query(DONE, [[id]])
      return statements.length
    }),
  )

/** Ids of workspaces whose names follow earlier rules; a control schema without the column has such alone. */
export const readUnpinned = async (pool: Pool, workspaceId: string | null): Promise<readonly string[]> =>
  (
    await pool.query<{ id: string }>(
      `select id::text from tenantry.workspaces w
       where coalesce((to_jsonb(w) ->> 'naming')::int, 0) < ${NAMING} and (id = $1 or $1 is null)`,
      [workspaceId],
    )
  ).rows.map(({ id }) => id)

/**
 * Processes the next page of workspaces.
 * @returns the last of them, or null if there is none
 */
const pinPage = async (pool: Pool, log: Log, after: string | null): Promise<string | null> => {
  const { rows } = await pool.query<{ id: string; name: string }>(
    `select id, name from tenantry.workspaces where naming < ${NAMING} and ($1::uuid is null or id > $1)
    order by id limit ${PAGE}`,
    [after],
  )
  const waiting = [...rows]
  const settled: string[] = []
  const pin = async ({ id, name }: { readonly id: string; readonly name: string }): Promise<void> => {
    if ((await plan(pool, id)).length === 0) {
      settled.push(id)
      return
    }
    const comments = await pinWorkspace(pool, id)
    log.info({ workspaceId: id, comments }, `The names of workspace "${name}" are kept in comments`)
  }
  const work = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const { id, name } = row
      await pin(row).catch((err: unknown) => {
        const hint = 'Names of its API may change; the next start tries again'
        log.error({ err, workspaceId: id }, `The names of workspace "${name}" could not be kept. ${hint}`)
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  if (settled.length > 0) await pool.query(DONE, [settled])
  return rows.at(-1)?.id ?? null
}

export const pinNames = async (pool: Pool, log: Log): Promise<void> => {
  let last = await pinPage(pool, log, null)
  while (last !== null) last = await pinPage(pool, log, last)
}
