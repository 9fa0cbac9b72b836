// Converts the data of a record, in API names, to bound values by column: validated and normalised, or
// Problem BAD_USER_INPUT with the contract's message. Postgres enforces constraints.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import { isRecord } from '../../../tenants/model/json.ts'
import type {
  Column,
  CompositeField,
  Model,
  ModelField,
  ObjectModel,
  ScalarField,
} from '../../../tenants/model/model.ts'
import { SCALARS } from '../../../tenants/model/scalarType.ts'
import { shown } from '../../../tenants/model/value/shown.ts'
import { badInputOf } from '../../error/problem.ts'
import { unknownField } from '../model/field.ts'
import { checkColumns, checkObject, wholeOf } from '../model/permission.ts'
import { normalComposite } from '../values/composite.ts'
import { toColumnText, type ValueTarget } from '../values/value.ts'
import { type BoundValue, type BoundValues, DEFAULT, fixedValue, sqlValue, textValue } from './boundValue.ts'
import { relationValues } from './connect.ts'
import { createFaults, forEachOf } from './faults.ts'

/** `upsert`: the record may already exist. */
export type Mode = 'create' | 'update' | 'upsert'

const bad = badInputOf('INVALID_ARGS_DATA')

/** Whether empty text, an empty list or object means absent in the field. */
const isEmptyValue = ({ type, jsonBlank }: ValueTarget, value: unknown): boolean => {
  if (value === '') return true
  if (Array.isArray(value)) return value.length === 0 && (SCALARS[type].isList === true || jsonBlank === '[]')
  return jsonBlank === '{}' && isRecord(value) && Object.keys(value).length === 0
}

/** Absent by the contract's conventions: stored as null, read back as blank. */
const isBlank = (object: ObjectModel, target: ValueTarget, value: unknown): boolean =>
  object.emptyStringForNull && !target.column.notNull && isEmptyValue(target, value)

/**
 * Beyond the first or the last record, which the index on `position` finds at once; in a batch consecutively.
 */
const edgePosition = (object: ObjectModel, column: Column, edge: 'first' | 'last'): BoundValue => {
  const name = `edge.${quoteIdentifier(column.name)}`
  const from = `from ${inWorkspace(object.table)} edge`
  return sqlValue((_e, ordinal) =>
    edge === 'first'
      ? `((select coalesce(pg_catalog.min(${name}), 1) ${from}) - ${ordinal + 1})`
      : `((select coalesce(pg_catalog.max(${name}), 0) ${from}) + ${ordinal + 1})`,
  )
}

/** Why the column only accepts the stored value; null if it accepts others. */
const fixedBy = (
  object: ObjectModel,
  { column, path, isServerOnly }: ValueTarget,
  mode: Mode,
): string | null => {
  if (!column.writable) return `Field "${path}" is computed by the database and cannot be written`
  if (isServerOnly === true) return `Field "${path}" is filled by the server and cannot be changed`
  return mode === 'update' && object.emptyStringForNull && object.key.includes(column.name)
    ? `Field "${path}" of a ${object.nameSingular} cannot be changed`
    : null
}

const boundValueOf = (object: ObjectModel, target: ValueTarget, value: unknown, mode: Mode): BoundValue => {
  const { column } = target
  const message = fixedBy(object, target, mode)
  if (message !== null) {
    if (mode === 'create') throw bad(message)
    const isNothing = value === null || isBlank(object, target, value)
    return fixedValue(column, isNothing ? null : toColumnText(value, target, true), message)
  }
  return writableValue(object, target, value, mode)
}

/** Null in a JSON column of a table made in SQL is the null of JSON if the column refuses the null of SQL. */
const nullText = ({ column, type, isManaged }: ValueTarget): string | null =>
  SCALARS[type].value === 'json' && column.notNull && isManaged !== true ? 'null' : null

const writableValue = (object: ObjectModel, target: ValueTarget, value: unknown, mode: Mode): BoundValue => {
  const { column, path, type } = target
  const isPlace = SCALARS[type].isPlace === true
  if (value === null || isBlank(object, target, value)) {
    if (isPlace) throw bad(`Invalid position value null for field "${path}"`)
    const boundValue = textValue(column, nullText(target))
    if (!column.notNull || !column.hasDefault || mode === 'update') return boundValue
    return mode === 'create' ? DEFAULT : { ...boundValue, isDefaultInNew: true }
  }
  if (isPlace && (value === 'first' || value === 'last')) return edgePosition(object, column, value)
  return textValue(column, toColumnText(value, target, true))
}

const typeWord = (field: CompositeField): string => field.type.toLowerCase().replaceAll('_', ' ')

/** Sub-fields are normalised together, because one may follow from another, and refused one by one. */
const normalParts = (
  field: CompositeField,
  value: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => {
  try {
    return normalComposite(field, value)
  } catch (error) {
    const faults = createFaults()
    for (const name of Object.keys(value))
      faults.catch({ field: `${field.name}.${name}` }, () => normalComposite(field, { [name]: value[name] }))
    faults.check()
    throw error
  }
}

/** A sub-field, and what its values are checked against. */
interface PartTarget {
  readonly name: string
  readonly target: ValueTarget
}

const targets = new WeakMap<ScalarField, ValueTarget>()
const partTargets = new WeakMap<CompositeField, readonly PartTarget[]>()

const targetOf = (object: ObjectModel, field: ScalarField): ValueTarget => {
  const { name, type, column } = field
  const target = targets.get(field) ?? { path: name, type, column, isManaged: object.emptyStringForNull }
  targets.set(field, target)
  return target
}

const makePartTargets = (object: ObjectModel, field: CompositeField): readonly PartTarget[] =>
  field.parts.map(({ part, column }) => ({
    name: part.name,
    target: {
      path: `${field.name}.${part.name}`,
      type: part.type,
      column,
      isManaged: object.emptyStringForNull,
      isServerOnly: part.serverOnly === true,
      ...(part.sql === 'jsonb' && part.blank ? { jsonBlank: part.blank } : {}),
    },
  }))

const partTargetsOf = (object: ObjectModel, field: CompositeField): readonly PartTarget[] => {
  const made = partTargets.get(field) ?? makePartTargets(object, field)
  partTargets.set(field, made)
  return made
}

const isKnown = ({ parts }: CompositeField, name: string, mode: Mode): boolean => {
  // In a new record the server's parts have no stored value to be equal to.
  for (const { part } of parts) if (part.name === name) return mode !== 'create' || part.serverOnly !== true
  return false
}

const NO_NAMES: readonly string[] = []

/** Valid input is the rule, so that nothing is made for it. */
const unknownParts = (
  field: CompositeField,
  value: Readonly<Record<string, unknown>>,
  mode: Mode,
): readonly string[] => {
  let unknown: string[] | undefined
  for (const name in value) {
    if (value[name] === undefined || isKnown(field, name, mode)) continue
    unknown ??= []
    unknown.push(name)
  }
  return unknown ?? NO_NAMES
}

/** Omitted sub-fields stay as they are. */
const partsGiven = (field: CompositeField, value: unknown, mode: Mode): Readonly<Record<string, unknown>> => {
  if (value === null)
    return Object.fromEntries(
      field.parts.flatMap(({ part }) => (part.serverOnly === true ? [] : [[part.name, null]])),
    )
  if (!isRecord(value)) throw bad(`Invalid object value '${shown(value)}' for field "${field.name}"`)
  const unknown = unknownParts(field, value, mode)
  if (unknown.length === 0) return normalParts(field, value)
  const named = Object.fromEntries(Object.entries(value).filter(([name]) => !unknown.includes(name)))
  const about = { field: field.name }
  const faults = createFaults()
  for (const name of unknown)
    faults.note(about, bad(`Invalid subfield ${shown(name)} for ${typeWord(field)} field "${field.name}"`))
  const normal = faults.catch(about, () => normalParts(field, named))
  faults.check()
  return normal ?? {}
}

/** Receives a column's value. */
type Put = (column: string, boundValue: BoundValue) => void

const putField = (
  model: Model,
  object: ObjectModel,
  field: ModelField,
  value: unknown,
  mode: Mode,
  put: Put,
): void => {
  switch (field.kind) {
    case 'scalar':
      put(field.column.name, boundValueOf(object, targetOf(object, field), value, mode))
      return
    case 'composite': {
      const given = partsGiven(field, value, mode)
      const putPart = ({ name, target }: PartTarget): void => {
        const inner = given[name]
        if (inner !== undefined) put(target.column.name, boundValueOf(object, target, inner, mode))
      }
      forEachOf(partTargetsOf(object, field), putPart, ({ target }) => ({ field: target.path }))
      return
    }
    case 'toOne':
      for (const [column, boundValue] of relationValues(model, object, field, value)) put(column, boundValue)
      return
    case 'toMany':
      throw bad(`One-to-many relation ${field.name} field does not support write operations.`)
  }
}

/** Whether the data has a field of one of the columns. */
const namesColumn = (
  object: ObjectModel,
  data: Readonly<Record<string, unknown>>,
  columns: readonly string[],
): boolean =>
  Object.keys(data).some((name) => {
    const field = object.fields.get(name)
    return field?.kind === 'scalar' && data[name] !== undefined && columns.includes(field.column.name)
  })

/** The given data only, including fields that may not be written. Throws all faults. */
export const boundValuesOf = (model: Model, seen: ObjectModel, data: unknown, mode: Mode): BoundValues => {
  const object = wholeOf(seen)
  if (!isRecord(data)) throw bad(`A ${object.nameSingular} must be a JSON object`)
  const bound: BoundValues = new Map()
  const take = (name: string): void => {
    const value = data[name]
    if (value === undefined) return
    const field = object.fields.get(name)
    if (field === undefined) throw unknownField(object, name, 'INVALID_ARGS_DATA')
    // A response of depth 1 has both null and the id: the id wins.
    if (value === null && field.kind === 'toOne' && namesColumn(object, data, field.columns)) return
    putField(model, object, field, value, mode, (column, boundValue) => {
      if (bound.has(column))
        throw bad(`Field "${name}" and another field both set the same foreign key`, 'CONNECT_NOT_ALLOWED')
      bound.set(column, boundValue)
    })
  }
  forEachOf(Object.keys(data), take, (field) => ({ field }))
  return bound
}

/** The given data, to be written. Throws Problem FORBIDDEN with the fields that the role may not write. */
export const valuesToWrite = (model: Model, object: ObjectModel, data: unknown, mode: Mode): BoundValues => {
  const isMaking = mode !== 'update'
  const isChanging = mode !== 'create'
  if (isMaking) checkObject('create', object)
  if (isChanging) checkObject('update', object)
  const bound = boundValuesOf(model, object, data, mode)
  if (object.restriction === undefined) return bound
  const written = [...bound].flatMap(([name, { fixed }]) => (fixed === undefined ? [name] : []))
  checkColumns(
    'read',
    object,
    [...bound.keys()].filter((name) => !written.includes(name)),
  )
  if (isMaking) checkColumns('create', object, written)
  // An upsert keeps the creator of an existing record.
  const changed = mode === 'upsert' ? written.filter((name) => !object.key.includes(name)) : written
  if (isChanging) checkColumns('update', object, changed)
  return bound
}

/** The values of both; given ones take precedence over filled ones. */
export const withFilled = (given: BoundValues, ...filled: readonly BoundValues[]): BoundValues => {
  const bound: BoundValues = new Map()
  for (const each of [...filled, given]) for (const [name, boundValue] of each) bound.set(name, boundValue)
  return bound
}
