// Examples made from the types of fields. What is sent can be sent as it is, without what another record or a
// second attempt would have to match; what is answered is such a record as it is read. In: what a role sees
// of an object; out: records to write and to read, and what `filter`, `order_by` and `fields` may say about
// it.

import type { CompositeField, ModelField, ObjectModel, ScalarField } from '../../tenants/model/model.ts'
import { toLabel } from '../../tenants/model/name.ts'
import type { CompositeType, ScalarType } from '../../tenants/model/storage.ts'
import { isSearchVector } from '../records/model/field.ts'
import { UNGROUPED } from '../records/read/dimension.ts'
import { UNORDERED } from '../records/read/order.ts'
import type { WriteMode } from './values.ts'
import type { ObjectView } from './view.ts'

/** A valid id that no record has. */
export const NOBODY = '018f2b6a-7c1d-7e3f-9a5b-0c2d4e6f8a1b'

const COMPOSITES: Readonly<Record<CompositeType, Readonly<Record<string, unknown>>>> = {
  FULL_NAME: { firstName: 'Ada', lastName: 'Lovelace' },
  EMAILS: { primaryEmail: 'ada@example.com' },
  PHONES: { primaryPhoneNumber: '612345678', primaryPhoneCountryCode: 'FR' },
  LINKS: { primaryLinkLabel: 'Example', primaryLinkUrl: 'https://example.com' },
  CURRENCY: { amountMicros: 1_500_000_000, currencyCode: 'EUR' },
  ADDRESS: { addressStreet1: '1 Example Street', addressCity: 'London', addressCountry: 'United Kingdom' },
  ACTOR: { source: 'IMPORT' },
  RICH_TEXT: { markdown: 'Something **important**' },
}

const ofType = ({ type, column, name }: ScalarField): unknown => {
  const labels = column.type.enum?.labels ?? []
  const values: Readonly<Record<ScalarType, unknown>> = {
    UUID: NOBODY,
    TEXT: `Example ${toLabel(name).toLowerCase()}`,
    NUMBER: 42,
    NUMERIC: 42.5,
    POSITION: 'first',
    BOOLEAN: true,
    DATE: '2026-06-30',
    // A timestamp without zone is local time.
    DATE_TIME: `2026-06-30T12:00:00.000${column.type.name === 'timestamp' ? '' : 'Z'}`,
    SELECT: labels[0],
    RATING: labels[0],
    MULTI_SELECT: labels.slice(0, 1),
    ARRAY: column.type.name === 'text' ? ['example'] : [],
    RAW_JSON: { example: true },
    TS_VECTOR: 'example',
  }
  // Columns of types that are text to the API alone (times, ranges, addresses) take no such text.
  return type === 'TEXT' && !['text', 'varchar', 'bpchar'].includes(column.type.name) ? null : values[type]
}

/** Fields by table that only the functions for members set. */
const ACCOUNT: ReadonlyMap<string, string> = new Map([['workspace_member', 'userId']])

const BASE = new Set(['id', 'createdAt', 'updatedAt', 'deletedAt', 'createdBy', 'updatedBy', 'position'])

/** Taken by one record alone: the second attempt would be refused. */
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

const exampleValue = (object: ObjectModel, field: ModelField, mode: WriteMode): unknown => {
  const isNeeded =
    mode === 'create' && field.kind === 'scalar' && field.column.notNull && !field.column.hasDefault
  if (isNeeded) return ofType(field) ?? undefined
  if (!object.emptyStringForNull || BASE.has(field.name) || isUnique(object, field)) return undefined
  if (ACCOUNT.get(object.table) === field.name) return undefined
  if (field.kind === 'composite') {
    const parts = field.parts.map(({ part }) => part.name)
    const given = Object.entries(COMPOSITES[field.type]).filter(([name]) => parts.includes(name))
    return given.length === 0 ? undefined : Object.fromEntries(given)
  }
  return field.kind === 'scalar' && field.joinOf === null ? (ofType(field) ?? undefined) : undefined
}

const exampleOf = (
  object: ObjectModel,
  fields: readonly ModelField[],
  mode: WriteMode,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const value = exampleValue(object, field, mode)
      return value === undefined ? [] : [[field.name, value]]
    }),
  )

export const createExample = ({ object, creatable }: ObjectView) => exampleOf(object, creatable, 'create')

export const updateExample = ({ object, updatable }: ObjectView) => exampleOf(object, updatable, 'update')

const MOMENT = '2026-06-30T12:00:00.000Z'

/** As the gateway keeps them itself. */
const KEPT: Readonly<Record<string, unknown>> = {
  createdAt: MOMENT,
  updatedAt: MOMENT,
  deletedAt: null,
  position: 1,
}
const BLANKS: Readonly<Record<string, unknown>> = { '[]': [], '{}': {} }
const WRITTEN: Readonly<Record<string, unknown>> = { source: 'API', name: 'Example key' }

const answeredComposite = ({ type, parts }: CompositeField): unknown => {
  const given = type === 'ACTOR' ? WRITTEN : COMPOSITES[type]
  return Object.fromEntries(
    parts.map(({ part }) => [
      part.name,
      given[part.name] ?? (part.blank === null ? null : (BLANKS[part.blank] ?? part.blank)),
    ]),
  )
}

const answeredScalar = (object: ObjectModel, field: ScalarField): unknown => {
  const { name, type, column } = field
  if (object.emptyStringForNull && name in KEPT) return KEPT[name]
  if (type === 'POSITION') return 1
  if (field.joinOf !== null && !column.notNull) return null
  const value = ofType(field) ?? null
  return value === null && (column.notNull || object.key.includes(column.name)) ? 'example' : value
}

/** A record as it is read without further wishes: related ones are not in it. */
export const answerExample = ({ object }: ObjectView): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    [...object.fields.values()].flatMap((field): readonly (readonly [string, unknown])[] => {
      if (field.kind === 'composite') return [[field.name, answeredComposite(field)]]
      if (field.kind !== 'scalar' || isSearchVector(object, field)) return []
      return [[field.name, answeredScalar(object, field)]]
    }),
  )

/** Paths of what has a value of its own, what names a record to people first. */
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

const isPlainText = ({ type, column }: ScalarField): boolean => type === 'TEXT' && column.type.name === 'text'

export const filterExample = (object: ObjectModel): string | null => {
  const paths = pathsOf(object)
  const named = paths.find(
    ({ path, field }) => path.split('.')[0] === object.labelField && isPlainText(field),
  )
  if (named !== undefined) return `${named.path}[ilike]:"%a%"`
  const dated = paths.find(({ field }) => field.type === 'DATE_TIME')
  if (dated !== undefined) return `${dated.path}[gte]:"2026-01-01T00:00:00Z"`
  const [any] = paths.filter(({ field }) => !['RAW_JSON', 'TS_VECTOR', 'ARRAY'].includes(field.type))
  return any === undefined ? null : `${any.path}[is]:NOT_NULL`
}

/** Names no record: bulk writes are not tried out on what happens to match. */
export const narrowFilterExample = (object: ObjectModel): string | null => {
  const id = object.fields.get('id')
  return id?.kind === 'scalar' && id.type === 'UUID' ? `id[eq]:${NOBODY}` : null
}

export const orderExample = (object: ObjectModel): string | null => {
  const paths = pathsOf(object).filter(({ field }) => !UNORDERED.includes(field.type))
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
  const paths = pathsOf(object).filter(({ field }) => !UNGROUPED.includes(field.type))
  return (
    paths.find(({ field }) => field.type === 'SELECT') ??
    paths.find(({ field }) => field.type === 'BOOLEAN') ??
    paths.find(({ field }) => field.type === 'DATE_TIME') ??
    paths[0]
  )
}

/** What one such group is of. */
export const groupValueExample = (object: ObjectModel): unknown => {
  const field = grouped(object)?.field
  if (field === undefined) return null
  return /^DATE/.test(field.type) ? MOMENT.slice(0, 7) : (ofType(field) ?? null)
}

export const groupExample = (object: ObjectModel): string | null => {
  const chosen = grouped(object)
  if (chosen === undefined) return null
  const how = /^DATE/.test(chosen.field.type) ? { granularity: 'MONTH' } : true
  const names = chosen.path.split('.')
  return JSON.stringify([names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), how)])
}
