// Examples of requests, generated from the types of fields. One can be sent as it is: it depends on no other
// record and can be repeated. Also what `filter`, `order_by` and `fields` may contain.

import type { ModelField, ObjectModel, ScalarField } from '../../tenants/model/model.ts'
import { SCALARS, type ValueKind } from '../../tenants/model/scalarType.ts'
import { isNeededColumn } from '../../tenants/model/writable.ts'
import { EXAMPLE_MOMENT, exampleValue, partExamples, UNUSED_ID } from '../records/exampleRecord.ts'
import type { WriteMode } from './values.ts'
import type { ObjectView } from './view.ts'

/** Fields by table that only the functions for members set. */
const ACCOUNT: ReadonlyMap<string, string> = new Map([['workspace_member', 'userId']])

const BASE = new Set(['id', 'createdAt', 'updatedAt', 'deletedAt', 'createdBy', 'updatedBy', 'position'])

/** Unique values: a second attempt would be refused. */
const isUnique = (object: ObjectModel, field: ModelField): boolean => {
  const columns =
    field.kind === 'composite'
      ? field.parts.map(({ column }) => column.name)
      : field.kind === 'scalar'
        ? [field.column.name]
        : []
  return [object.key, ...object.uniqueKeys.map((key) => key.columns)].some((key) =>
    key.some((name) => columns.includes(name)),
  )
}

const writtenValue = (object: ObjectModel, field: ModelField, mode: WriteMode): unknown => {
  if (mode === 'create' && field.kind === 'scalar' && isNeededColumn(field.column))
    return exampleValue(field) ?? undefined
  if (!object.emptyStringForNull || BASE.has(field.name) || isUnique(object, field)) return undefined
  if (ACCOUNT.get(object.table) === field.name) return undefined
  if (field.kind === 'composite') {
    const parts = field.parts.map(({ part }) => part.name)
    const given = Object.entries(partExamples(field.type)).filter(([name]) => parts.includes(name))
    return given.length === 0 ? undefined : Object.fromEntries(given)
  }
  return field.kind === 'scalar' && field.joinOf === null ? (exampleValue(field) ?? undefined) : undefined
}

const exampleOf = (
  object: ObjectModel,
  fields: readonly ModelField[],
  mode: WriteMode,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const value = writtenValue(object, field, mode)
      return value === undefined ? [] : [[field.name, value]]
    }),
  )

export const createExample = ({ object, creatable }: ObjectView) => exampleOf(object, creatable, 'create')

export const updateExample = ({ object, updatable }: ObjectView) => exampleOf(object, updatable, 'update')

/** Paths of fields with a value of their own, label identifier first. */
const pathsOf = (object: ObjectModel): readonly { readonly path: string; readonly field: ScalarField }[] => {
  const fields = [...object.fields.values()].toSorted(
    (a, b) => Number(b.name === object.labelField) - Number(a.name === object.labelField),
  )
  return fields.flatMap((field) => {
    if (field.kind === 'scalar') return [{ path: field.name, field }]
    if (field.kind !== 'composite') return []
    return field.parts.map(({ part, column }) => ({
      path: `${field.name}.${part.name}`,
      field: { kind: 'scalar', name: part.name, type: part.type, column, joinOf: null } as const,
    }))
  })
}

const isPlainText = ({ type, column }: ScalarField): boolean =>
  SCALARS[type].value === 'text' && column.type.name === 'text'

const UNCOMPARED: ReadonlySet<ValueKind> = new Set(['json', 'searchVector', 'texts'])

export const filterExample = (object: ObjectModel): string | null => {
  const paths = pathsOf(object)
  const named = paths.find(
    ({ path, field }) => path.split('.')[0] === object.labelField && isPlainText(field),
  )
  if (named !== undefined) return `${named.path}[ilike]:"%a%"`
  const dated = paths.find(({ field }) => SCALARS[field.type].value === 'instant')
  if (dated !== undefined) return `${dated.path}[gte]:"2026-01-01T00:00:00Z"`
  const [any] = paths.filter(({ field }) => !UNCOMPARED.has(SCALARS[field.type].value))
  return any === undefined ? null : `${any.path}[is]:NOT_NULL`
}

/** Matches no record: bulk writes must not hit real records. */
export const narrowFilterExample = (object: ObjectModel): string | null => {
  const id = object.fields.get('id')
  return id?.kind === 'scalar' && SCALARS[id.type].value === 'uuid' ? `id[eq]:${UNUSED_ID}` : null
}

export const orderExample = (object: ObjectModel): string | null => {
  const paths = pathsOf(object).filter(({ field }) => SCALARS[field.type].isOrdered)
  const recent = paths.find(({ path }) => path === 'createdAt')
  const [any = null] = paths
  return recent !== undefined ? 'createdAt[DescNullsLast]' : any === null ? null : `${any.path}[AscNullsLast]`
}

export const fieldsExample = (object: ObjectModel): string | null => {
  const [first] = pathsOf(object)
  return first?.path.split('.')[0] ?? null
}

/** Few groups of many records. */
const grouped = (object: ObjectModel) => {
  const paths = pathsOf(object).filter(({ field }) => SCALARS[field.type].isOrdered)
  const valued = (value: ValueKind, holds = (_: ScalarField): boolean => true) =>
    paths.find(({ field }) => SCALARS[field.type].value === value && holds(field))
  return (
    valued('option', ({ type }) => SCALARS[type].options === 'own') ??
    valued('boolean') ??
    valued('instant') ??
    paths[0]
  )
}

/** The values of such a group. */
export const groupValueExample = (object: ObjectModel): unknown => {
  const field = grouped(object)?.field
  if (field === undefined) return null
  return SCALARS[field.type].isDate ? EXAMPLE_MOMENT.slice(0, 7) : (exampleValue(field) ?? null)
}

export const groupExample = (object: ObjectModel): string | null => {
  const chosen = grouped(object)
  if (chosen === undefined) return null
  const how = SCALARS[chosen.field.type].isDate ? { granularity: 'MONTH' } : true
  const names = chosen.path.split('.')
  return JSON.stringify([names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), how)])
}
