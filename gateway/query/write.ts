// Writes, for both faces: one data-modifying statement each, made to stand in a CTE in front of whatever reads the result.
// In: data in API names; out: `insert|update|delete … returning` of the object's columns. Values are checked here in the
// contract's words; constraints are Postgres' to enforce.

import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import type {
  Column,
  CompositeField,
  ModelField,
  ObjectModel,
  ScalarField,
} from '../../tenants/model/model.ts'
import type { ActorSource } from '../../tenants/model/storage.ts'
import { Problem } from '../problem.ts'
import { comparable } from './comparable.ts'
import type { Emitter } from './emit.ts'
import { unknownKey } from './field.ts'
import { liveOnly } from './filter.ts'
import { type Target, toColumnText } from './value.ts'

/** Who writes: what `createdBy` and `updatedBy` will say. */
export interface Author {
  readonly source: ActorSource
  readonly name: string
  readonly workspaceMemberId: string | null
}

/** The alias that a write gives its table. */
const WRITTEN = 'w'
const MANAGED_ACTORS = { create: ['created_by', 'updated_by'], update: ['updated_by'] } as const

type Mode = 'create' | 'update'
/** SQL of values by column; `default` leaves a column to Postgres. */
type Assignments = Map<string, string>

const bad = (message: string): Problem =>
  new Problem('BAD_USER_INPUT', message, { subCode: 'INVALID_ARGS_DATA' })

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const shown = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))).slice(0, 100)

/** Absent by the contract's conventions: kept as null, read back as blank. */
const isBlank = (object: ObjectModel, column: Column, value: unknown): boolean =>
  object.blanksAbsent && !column.notNull && (value === '' || (Array.isArray(value) && value.length === 0))

const valueSql = (e: Emitter, object: ObjectModel, target: Target, value: unknown, mode: Mode): string => {
  const { column, path } = target
  if (!column.writable) throw bad(`Field "${path}" is computed by the database and cannot be written`)
  if (value === null || isBlank(object, column, value)) {
    if (target.type === 'POSITION') throw bad(`Invalid position value null for field "${path}"`)
    return mode === 'create' && column.notNull && column.hasDefault
      ? 'default'
      : e.param(null, column.type.sql)
  }
  if (target.type === 'POSITION' && (value === 'first' || value === 'last'))
    return edgePosition(object, column, value)
  const text = toColumnText(value, target, true)
  // A list made in SQL is cast through text, so that `[1, 2]` and `["1", "2"]` both fit an integer[].
  return target.type === 'ARRAY' && column.type.name !== 'text'
    ? `${e.param(text, 'pg_catalog.text[]')}::${column.type.sql}`
    : e.param(text, column.type.sql)
}

const edgePosition = (object: ObjectModel, column: Column, edge: 'first' | 'last'): string => {
  const name = quoteIdentifier(column.name)
  const value = edge === 'first' ? `min(edge.${name}), 1) - 1` : `max(edge.${name}), 0) + 1`
  return `(select coalesce(pg_catalog.${value} from ${inWorkspace(object.table)} edge)`
}

const assignScalar = (
  e: Emitter,
  object: ObjectModel,
  field: ScalarField,
  value: unknown,
  mode: Mode,
  into: Assignments,
): void => {
  const target: Target = { path: field.name, type: field.type, column: field.column }
  into.set(field.column.name, valueSql(e, object, target, value, mode))
}

const typeWord = (field: CompositeField): string => field.type.toLowerCase().replaceAll('_', ' ')

/** Sub-fields that are not named stay as they are. */
const assignComposite = (
  e: Emitter,
  object: ObjectModel,
  field: CompositeField,
  value: unknown,
  mode: Mode,
  into: Assignments,
): void => {
  if (value !== null && !isRecord(value))
    throw bad(`Invalid object value '${shown(value)}' for field "${field.name}"`)
  const writable = field.parts.filter(({ part }) => part.serverOnly !== true)
  const given = value ?? Object.fromEntries(writable.map(({ part }) => [part.name, null]))
  for (const [name, inner] of Object.entries(given)) {
    if (inner === undefined) continue
    const found = writable.find(({ part }) => part.name === name)
    if (found === undefined)
      throw bad(`Invalid subfield ${shown(name)} for ${typeWord(field)} field "${field.name}"`)
    const { part, column } = found
    const target: Target = { path: `${field.name}.${part.name}`, type: part.type, column }
    into.set(column.name, valueSql(e, object, target, inner, mode))
  }
}

const assignField = (
  e: Emitter,
  object: ObjectModel,
  field: ModelField,
  value: unknown,
  mode: Mode,
  into: Assignments,
): void => {
  switch (field.kind) {
    case 'scalar':
      assignScalar(e, object, field, value, mode, into)
      return
    case 'composite':
      assignComposite(e, object, field, value, mode, into)
      return
    case 'toOne':
      throw bad(`Relation "${field.name}" is written through the id that it is joined by`)
    case 'toMany':
      throw bad(`One-to-many relation ${field.name} field does not support write operations.`)
  }
}

/** The columns of an ACTOR that the server fills, where the object is ours and the column exists. */
const assignAuthor = (
  e: Emitter,
  object: ObjectModel,
  author: Author,
  mode: Mode,
  into: Assignments,
): void => {
  if (!object.blanksAbsent) return
  for (const prefix of MANAGED_ACTORS[mode]) {
    const columns: readonly [string, string | null][] = [
      ['source', author.source],
      ['workspace_member_id', author.workspaceMemberId],
      ['name', author.name],
    ]
    for (const [suffix, value] of columns) {
      const column = object.columns.get(`${prefix}_${suffix}`)
      if (column !== undefined && !into.has(column.name))
        into.set(column.name, e.param(value, column.type.sql))
    }
  }
}

const assignmentsOf = (
  e: Emitter,
  object: ObjectModel,
  data: unknown,
  mode: Mode,
  author: Author,
): Assignments => {
  if (!isRecord(data)) throw bad(`A ${object.nameSingular} must be a JSON object`)
  const into: Assignments = new Map()
  for (const [name, value] of Object.entries(data)) {
    if (value === undefined) continue
    const field = object.fields.get(name)
    if (field === undefined) throw unknownKey(object, name)
    assignField(e, object, field, value, mode, into)
  }
  assignAuthor(e, object, author, mode, into)
  return into
}

const returning = (object: ObjectModel): string =>
  [...object.columns.keys()].map((name) => `${WRITTEN}.${quoteIdentifier(name)}`).join(', ')

/** Inserts records in the order given. Throws Problem BAD_USER_INPUT for data that does not fit the model. */
export const compileInsert = (
  e: Emitter,
  object: ObjectModel,
  records: readonly unknown[],
  author: Author,
): string => {
  const rows = records.map((record) => assignmentsOf(e, object, record, 'create', author))
  const [anyColumn] = object.columns.keys()
  const named = new Set(rows.flatMap((row) => [...row.keys()]))
  if (named.size === 0 && anyColumn !== undefined) named.add(anyColumn)
  const columns = [...named]
  const values = rows.map((row) => `(${columns.map((name) => row.get(name) ?? 'default').join(', ')})`)
  return `insert into ${inWorkspace(object.table)} as ${WRITTEN} (${columns.map(quoteIdentifier).join(', ')}) values ${values.join(', ')} returning ${returning(object)}`
}

/** A condition on the alias that the write gives its table. */
export type WrittenWhere = (alias: string) => string

const update = (object: ObjectModel, assignments: Assignments, where: WrittenWhere): string => {
  const [anyColumn = ''] = object.key.length > 0 ? object.key : object.columns.keys()
  const sets = [...assignments].map(([name, sql]) => `${quoteIdentifier(name)} = ${sql}`)
  // An update that names no column still has to answer with the record.
  if (sets.length === 0) sets.push(`${quoteIdentifier(anyColumn)} = ${WRITTEN}.${quoteIdentifier(anyColumn)}`)
  return `update ${inWorkspace(object.table)} as ${WRITTEN} set ${sets.join(', ')} where ${where(WRITTEN)} returning ${returning(object)}`
}

const touch = (object: ObjectModel, assignments: Assignments): Assignments => {
  if (object.blanksAbsent && object.columns.has('updated_at') && !assignments.has('updated_at'))
    assignments.set('updated_at', 'pg_catalog.now()')
  return assignments
}

/** Updates the records that `where` selects. The id of a managed record never changes. */
export const compileUpdate = (
  e: Emitter,
  object: ObjectModel,
  data: unknown,
  author: Author,
  where: WrittenWhere,
): string => {
  const assignments = assignmentsOf(e, object, data, 'update', author)
  const changedKey = object.blanksAbsent ? object.key.find((name) => assignments.has(name)) : undefined
  if (changedKey !== undefined)
    throw bad(`Field "${changedKey}" of a ${object.nameSingular} cannot be changed`)
  return update(object, touch(object, assignments), where)
}

const trash = (object: ObjectModel, value: string, where: WrittenWhere): string => {
  if (object.softDelete === null)
    throw bad(`Records of ${object.nameSingular} have no trash: their table has no "deleted_at" column`)
  return update(object, touch(object, new Map([[object.softDelete.name, value]])), where)
}

/** Puts live records in the trash. */
export const compileSoftDelete = (object: ObjectModel, where: WrittenWhere): string =>
  trash(object, 'pg_catalog.now()', where)

/** Takes records out of the trash. */
export const compileRestore = (object: ObjectModel, where: WrittenWhere): string =>
  trash(object, 'null', where)

/** Deletes records for good. */
export const compileDestroy = (object: ObjectModel, where: WrittenWhere): string =>
  `delete from ${inWorkspace(object.table)} as ${WRITTEN} where ${where(WRITTEN)} returning ${returning(object)}`

/**
 * The condition on a record's key.
 * @param key texts or JSON values by column of `object.key`
 * Throws Problem BAD_USER_INPUT for a value that cannot be one of the column.
 */
export const compileKey = (
  e: Emitter,
  object: ObjectModel,
  alias: string,
  key: ReadonlyMap<string, unknown>,
  trashed: 'live' | 'any' | 'trashed' = 'live',
): string => {
  const conditions = object.key.map((name) => {
    const field = [...object.fields.values()].find(
      (candidate): candidate is ScalarField => candidate.kind === 'scalar' && candidate.column.name === name,
    )
    if (field === undefined) throw bad(`A ${object.nameSingular} cannot be named by its key`)
    const value = key.get(name)
    const { sql, type } = comparable(field.column, alias)
    const text = keyText(value, { path: field.name, type: field.type, column: field.column })
    return `${sql} = ${e.param(text, type)}`
  })
  const live = trashed === 'any' ? null : liveOnly(object, alias)
  if (live !== null) conditions.push(trashed === 'live' ? live : `not (${live})`)
  return conditions.join(' and ')
}

const UUID_FIELD = 'UUID'

const keyText = (value: unknown, target: Target): string => {
  if (target.type !== UUID_FIELD) return toColumnText(value, target, false)
  try {
    return toColumnText(value, target, false)
  } catch (cause) {
    throw new Problem('BAD_USER_INPUT', `'${shown(value)}' is not a valid UUID`, { cause })
  }
}
