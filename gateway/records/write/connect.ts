// Relations in data: `{connect: {where: {…}}}` and `{disconnect: true}`, as bound values of the foreign key.
// The statement that writes looks up the record to connect: a missing one fails it.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import { isRecord } from '../../../tenants/model/json.ts'
import type { Column, Model, ModelField, ObjectModel, ToOneField } from '../../../tenants/model/model.ts'
import type { ScalarType } from '../../../tenants/model/scalarType.ts'
import { badInput } from '../../error/problem.ts'
import { raise } from '../../error/raise.ts'
import { unknownField } from '../model/field.ts'
import { checkObject } from '../model/permission.ts'
import type { Params } from '../params.ts'
import { equals } from '../read/comparable.ts'
import { keyText } from '../read/key.ts'
import { liveOnly } from '../read/trash.ts'
import { normalComposite } from '../values/composite.ts'
import { type BoundValue, sqlValue, textValue } from './boundValue.ts'

/** A column of the record to connect, with its value. */
interface Named {
  readonly column: Column
  readonly text: string
}

const namedBy = (path: string, type: ScalarType, column: Column, value: unknown): readonly Named[] =>
  value === null || value === undefined || value === ''
    ? []
    : [{ column, text: keyText(value, { path, type, column }) }]

const namedIn = (field: ModelField, value: unknown): readonly Named[] => {
  if (field.kind === 'scalar') return namedBy(field.name, field.type, field.column, value)
  if (field.kind !== 'composite')
    throw badInput(
      `Relation "${field.name}" cannot name the record to connect: use its id`,
      'CONNECT_UNIQUE_CONSTRAINT_ERROR',
    )
  if (!isRecord(value))
    throw badInput(`Invalid object value '${String(value)}' for field "${field.name}"`, 'INVALID_ARGS_DATA')
  const given = normalComposite(field, value)
  return field.parts.flatMap(({ part, column }) =>
    namedBy(`${field.name}.${part.name}`, part.type, column, given[part.name]),
  )
}

const namedColumns = (target: ObjectModel, where: Readonly<Record<string, unknown>>): readonly Named[] => {
  const named = Object.entries(where).flatMap(([name, value]) => {
    if (value === undefined) return []
    const field = target.fields.get(name)
    if (field === undefined) throw unknownField(target, name, 'INVALID_ARGS_DATA')
    return namedIn(field, value)
  })
  const columns = new Set(named.map(({ column }) => column.name))
  const keys = [target.key, ...target.uniqueKeys.map((key) => key.columns)]
  if (!keys.some((key) => key.length > 0 && key.every((column) => columns.has(column))))
    throw badInput(
      `Missing required fields: at least one unique constraint has to be fully populated for '${target.nameSingular}'.`,
      'CONNECT_UNIQUE_CONSTRAINT_ERROR',
    )
  return named
}

const lookUp = (
  e: Params,
  field: ToOneField,
  target: ObjectModel,
  targetColumn: string,
  type: string,
  named: readonly Named[],
): string => {
  const alias = 'connected'
  const conditions = named.map(({ column, text }) => equals(e, column, alias, text))
  // As in an upsert and a foreign key: a key names a record in the trash too, a unique value only live ones.
  const isByKey =
    target.key.length > 0 && target.key.every((key) => named.some(({ column }) => column.name === key))
  const live = isByKey ? null : liveOnly(target, alias)
  if (live !== null) conditions.push(live)
  const missing = raise(e, {
    subCode: 'CONNECT_RECORD_NOT_FOUND',
    message: `Record to connect to relation "${field.name}" was not found.`,
  })
  const found = `select ${alias}.${quoteIdentifier(targetColumn)} from ${inWorkspace(target.table)} ${alias} where ${conditions.join(' and ')}`
  return `coalesce((${found}), ${missing}::pg_catalog.text::${type})`
}

/** Values of the foreign key's columns. */
export const relationValues = (
  model: Model,
  object: ObjectModel,
  field: ToOneField,
  value: unknown,
): readonly (readonly [column: string, boundValue: BoundValue])[] => {
  const target = model.byTable.get(field.target)
  const { connect, disconnect } = isRecord(value) ? value : {}
  const isConnecting = connect !== undefined && connect !== null
  if (isConnecting && disconnect === true)
    throw badInput(
      `Relation "${field.name}" cannot be connected and disconnected at once`,
      'CONNECT_NOT_ALLOWED',
    )
  const columns = field.columns.flatMap((name) => object.columns.get(name) ?? [])
  if (disconnect === true || value === null)
    return columns.map((column) => [column.name, textValue(column, null)])
  if (!isConnecting || target === undefined)
    throw badInput(`Relation "${field.name}" requires connect or disconnect operation`, 'INVALID_ARGS_DATA')
  if (!isRecord(connect) || !isRecord(connect.where))
    throw badInput(
      `Relation "${field.name}" is connected by {"connect": {"where": {…}}}`,
      'INVALID_ARGS_DATA',
    )
  checkObject('read', target)
  const named = namedColumns(target, connect.where)
  return columns.map((column, index) => [
    column.name,
    sqlValue((e) => lookUp(e, field, target, field.targetColumns[index] ?? '', column.type.sql, named)),
  ])
}
