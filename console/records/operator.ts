// Filter operators by field type, with their labels and value inputs. A useful subset of the API's.

import type { FilterOperator } from '../../gateway/records/read/filterOperator.ts'
import { FIELD_TYPES, type FieldType } from '../model/field/fieldType.ts'
import type { Field, ModelObject } from '../model/object.ts'
import { targetsOf } from './link.ts'

export type ValueInput = 'text' | 'number' | 'day' | 'instant' | 'boolean' | 'options' | 'uuid' | 'none'

export interface Operator {
  /** Its API name. */
  readonly name: FilterOperator
  readonly label: string
  readonly input: ValueInput
  /** Sent by operators without an input. */
  readonly value?: string
  /** Put around the text. */
  readonly wrap?: readonly [string, string]
  /** Takes several values. */
  readonly isList?: boolean
}

const EMPTY: readonly Operator[] = [
  { name: 'is', label: 'is empty', input: 'none', value: 'NULL' },
  { name: 'is', label: 'is not empty', input: 'none', value: 'NOT_NULL' },
]

const TEXT: readonly Operator[] = [
  { name: 'ilike', label: 'contains', input: 'text', wrap: ['%', '%'] },
  { name: 'eq', label: 'is', input: 'text' },
  { name: 'neq', label: 'is not', input: 'text' },
  { name: 'startsWith', label: 'starts with', input: 'text' },
  { name: 'endsWith', label: 'ends with', input: 'text' },
  ...EMPTY,
]

const ordered = (input: ValueInput, words: readonly [string, string]): readonly Operator[] => [
  { name: 'eq', label: 'is', input },
  { name: 'neq', label: 'is not', input },
  { name: 'gte', label: words[0], input },
  { name: 'lte', label: words[1], input },
  ...EMPTY,
]

/** Composites and relations have those of their parts and keys. */
const OPERATORS: Readonly<Record<FieldType, readonly Operator[]>> = {
  TEXT,
  NUMBER: ordered('number', ['is at least', 'is at most']),
  NUMERIC: ordered('number', ['is at least', 'is at most']),
  POSITION: ordered('number', ['is at least', 'is at most']),
  DATE: ordered('day', ['is on or after', 'is on or before']),
  DATE_TIME: [
    { name: 'gte', label: 'is on or after', input: 'instant' },
    { name: 'lte', label: 'is on or before', input: 'instant' },
    ...EMPTY,
  ],
  BOOLEAN: [{ name: 'eq', label: 'is', input: 'boolean' }, ...EMPTY],
  SELECT: [
    { name: 'in', label: 'is one of', input: 'options', isList: true },
    { name: 'neq', label: 'is not', input: 'options' },
    ...EMPTY,
  ],
  RATING: [{ name: 'in', label: 'is one of', input: 'options', isList: true }, ...EMPTY],
  MULTI_SELECT: [{ name: 'containsAny', label: 'has one of', input: 'options', isList: true }, ...EMPTY],
  ARRAY: [{ name: 'containsIlike', label: 'contains', input: 'text', wrap: ['%', '%'] }, ...EMPTY],
  RAW_JSON: [{ name: 'like', label: 'contains', input: 'text', wrap: ['%', '%'] }, ...EMPTY],
  UUID: [
    { name: 'eq', label: 'is', input: 'uuid' },
    { name: 'neq', label: 'is not', input: 'uuid' },
    ...EMPTY,
  ],
  ACTOR: [],
  ADDRESS: [],
  CURRENCY: [],
  EMAILS: [],
  FILES: [],
  FULL_NAME: [],
  LINKS: [],
  MORPH_RELATION: [],
  PHONES: [],
  RELATION: [],
  RICH_TEXT: [],
  TS_VECTOR: [],
}

/** A filterable path: a field, a sub-field of a composite, or the foreign key of a relation. */
export interface Filterable {
  /** Its API path: `name`, `address.addressCity`, `companyId`. */
  readonly path: string
  readonly label: string
  readonly field: Field
  readonly operators: readonly Operator[]
}

const PART_TYPES: Readonly<Record<string, FieldType>> = {
  micros: 'NUMERIC',
  number: 'NUMERIC',
  list: 'RAW_JSON',
  rows: 'RAW_JSON',
}

const partOperators = (type: FieldType, kind: string): readonly Operator[] =>
  // Documents are searched, not compared.
  type === 'RICH_TEXT' ? TEXT.slice(0, 1) : OPERATORS[PART_TYPES[kind] ?? 'TEXT']

export const filterablesOf = (field: Field): readonly Filterable[] => {
  const { label, name, type } = field
  if (type === 'RELATION' || type === 'MORPH_RELATION') {
    const targets = targetsOf(field)
    return targets.map(({ join, namePlural }) => ({
      path: join,
      label: targets.length > 1 ? `${label}: ${namePlural}` : label,
      field,
      operators: OPERATORS.UUID,
    }))
  }
  const { parts } = FIELD_TYPES[type]
  if (type === 'ACTOR') return [{ path: `${name}.name`, label, field, operators: TEXT }]
  if (parts.length > 0)
    return parts
      .filter(({ kind }) => kind !== 'readOnly')
      .map((part) => ({
        path: `${name}.${part.name}`,
        label: `${label}: ${part.label}`,
        field,
        operators: partOperators(type, part.kind),
      }))
  const operators = OPERATORS[type]
  return operators.length === 0 ? [] : [{ path: name, label, field, operators }]
}

/** The label first, system fields last. */
export const filterablesOfObject = (object: ModelObject): readonly Filterable[] => {
  const rank = (field: Field): number =>
    field.id === object.labelIdentifierFieldMetadataId ? 0 : field.isSystem === true ? 2 : 1
  const own = new Set(object.fieldsList.map(({ name }) => name))
  return (
    object.fieldsList
      .filter(({ isActive }) => isActive !== false)
      .toSorted((a, b) => rank(a) - rank(b))
      .flatMap(filterablesOf)
      // A foreign key can be a field of its own, which has a more precise type.
      .filter(({ path, field }) => path === field.name || !own.has(path))
  )
}
