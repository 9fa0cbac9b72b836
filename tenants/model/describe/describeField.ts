// Describes one field that has a value of its own. Relations are in describeRelation.ts.

import { derivedUuid } from '../../uuid.ts'
import type { FieldDefinition } from '../definition.ts'
import { labelOfName, labelOfOption, labelOfSql } from '../label.ts'
import type { FieldMetadata, OptionMetadata } from '../metadata.ts'
import type { Column, ScalarField, ValueField } from '../model.ts'
import { derivedFieldId, fieldRowOf } from '../read/registry.ts'
import type { ModelSources } from '../read/sources.ts'
import { hasDataType, type ScalarType } from '../scalarType.ts'
import { parseComment } from '../smartComment.ts'
import type { DescribedObject } from './catalogRef.ts'
import { computedDefault, type DefaultForm, encodedDefault } from './defaultValue.ts'

/** Base fields, which every object created by Tenantry has. */
export const BASE_FIELDS: Readonly<Record<string, { label: string; icon: string }>> = {
  id: { label: 'Id', icon: 'Icon123' },
  createdAt: { label: 'Creation date', icon: 'IconCalendar' },
  updatedAt: { label: 'Last update', icon: 'IconCalendarClock' },
  deletedAt: { label: 'Deletion date', icon: 'IconCalendarMinus' },
  createdBy: { label: 'Created by', icon: 'IconCreativeCommonsSa' },
  updatedBy: { label: 'Updated by', icon: 'IconUserCircle' },
  position: { label: 'Position', icon: 'IconHierarchy2' },
  searchVector: { label: 'Search vector', icon: 'IconSearch' },
}

const COLORS = ['green', 'turquoise', 'sky', 'blue', 'purple', 'pink', 'red', 'orange', 'yellow', 'gray']
const NUMBER_TYPES: Readonly<Record<string, string>> = { int2: 'int', int4: 'int', int8: 'bigint' }

export const formOf = (column: Column): DefaultForm => {
  if (column.type.isArray) return 'array'
  if (/^(int\d|float\d|numeric)$/.test(column.type.name)) return 'number'
  if (column.type.name === 'bool') return 'boolean'
  return /^jsonb?$/.test(column.type.name) ? 'json' : 'text'
}

export const columnsOfField = (field: ValueField): readonly Column[] =>
  field.kind === 'scalar' ? [field.column] : field.parts.map(({ column }) => column)

export const definitionOf = (object: DescribedObject, name: string): FieldDefinition | undefined =>
  object.standard?.fields.find((field) => field.name === name)

type DefaultOf = (column: Column, type: ScalarType, expression: string | undefined) => unknown

/** In the API's encoding, if the API can set it. */
const settable: DefaultOf = (column, _, expression) =>
  column.writable ? encodedDefault(expression, formOf(column)) : null

/** Also of a default that the API cannot set. */
const shown: DefaultOf = (column, type, expression) =>
  settable(column, type, expression) ?? computedDefault(column, type, expression)

const defaultOf = (
  sources: ModelSources,
  object: DescribedObject,
  field: ValueField,
  read: DefaultOf,
): unknown => {
  const ofColumn = (column: Column, type: ScalarType): unknown => {
    const number = object.relation.columns.find(({ name }) => name === column.name)?.number
    return read(column, type, sources.defaults.get(`${object.relation.oid}:${number}`))
  }
  if (field.kind === 'scalar') return ofColumn(field.column, field.type)
  const parts = field.parts.map(({ part, column }) => [part.name, ofColumn(column, part.type)] as const)
  return parts.every(([, value]) => value === null) ? null : Object.fromEntries(parts)
}

/** The options of an enum column: its labels in order, with their registered properties. */
const optionsOf = (
  fieldId: string,
  field: ScalarField,
  known: readonly Partial<OptionMetadata>[],
): readonly OptionMetadata[] | null =>
  field.column.type.enum?.labels.map((value, position) => {
    const option = known.find((each) => each.value === value)
    return {
      id: option?.id ?? derivedUuid(`${fieldId}:${value}`),
      value,
      label: option?.label ?? labelOfOption(value),
      color: option?.color ?? COLORS[position % COLORS.length] ?? 'gray',
      position,
    }
  }) ?? null

const isUniqueIn = (object: DescribedObject, field: ValueField): boolean => {
  const columns =
    field.kind === 'scalar'
      ? [field.column.name]
      : field.parts.flatMap(({ part, column }) => (part.unique === true ? [column.name] : []))
  return (
    columns.length > 0 &&
    object.model.uniqueKeys.some(
      (key) => key.columns.length === columns.length && columns.every((name) => key.columns.includes(name)),
    )
  )
}

/** As pg_type names it, without a schema; domains as the type under them, arrays with brackets. */
const shownType = ({ name, isArray }: Column['type']): string => {
  const [, quoted] = /"((?:[^"]|"")+)"$/.exec(name) ?? []
  return `${quoted?.replaceAll('""', '"') ?? name}${isArray ? '[]' : ''}`
}

const settingsOf = (
  field: ValueField,
  given: Readonly<Record<string, unknown>> | null | undefined,
): FieldMetadata['settings'] => {
  if (field.kind === 'scalar' && hasDataType(field.type))
    return { ...given, dataType: NUMBER_TYPES[field.column.type.name] ?? 'float' }
  return given ?? null
}

export const describeField = (
  sources: ModelSources,
  object: DescribedObject,
  field: ValueField,
): FieldMetadata => {
  const columns = columnsOfField(field)
  const [first] = object.relation.columns.filter(({ name }) => name === columns[0]?.name)
  const number = first?.number ?? 0
  const row = first && fieldRowOf(object.row, object.relation, first, 'own')
  const annotation = row?.annotation ?? {}
  const id = row?.id ?? derivedFieldId(object.id, number, 'own')
  const definition = definitionOf(object, field.name)
  const standard = definition !== undefined && 'relation' in definition ? undefined : definition
  const base = object.model.emptyStringForNull ? BASE_FIELDS[field.name] : undefined
  const comment = parseComment(object.model.emptyStringForNull ? null : (first?.comment ?? null))
  const isMade = standard !== undefined || base !== undefined || annotation.label !== undefined
  const isKey =
    field.kind === 'scalar' && object.model.key.length === 1 && object.model.key[0] === field.column.name
  return {
    id,
    objectMetadataId: object.id,
    name: field.name,
    type: field.type,
    columnType: field.kind === 'scalar' ? shownType(field.column.type) : null,
    label:
      annotation.label ??
      standard?.label ??
      base?.label ??
      comment.label ??
      (field.kind === 'scalar' ? labelOfSql(field.column.name, field.name) : labelOfName(field.name)),
    description:
      annotation.description === undefined
        ? (standard?.description ??
          (isMade
            ? null
            : object.model.emptyStringForNull
              ? parseComment(first?.comment ?? null).text
              : (comment.text ?? field.nameNote ?? null)))
        : annotation.description,
    icon: annotation.icon === undefined ? (standard?.icon ?? base?.icon ?? null) : annotation.icon,
    isCustom: standard === undefined && base === undefined,
    isActive: annotation.isActive !== false && !parseComment(first?.comment ?? null).isHidden,
    isSystem: base !== undefined || (annotation.isSystem ?? standard?.isSystem === true),
    isNullable: !columns.some((column) => column.notNull),
    isUnique: isKey || isUniqueIn(object, field),
    isLabelSyncedWithName: annotation.isLabelSyncedWithName ?? false,
    defaultValue: defaultOf(sources, object, field, settable),
    shownDefault: defaultOf(sources, object, field, shown),
    options:
      field.kind === 'scalar' ? optionsOf(id, field, annotation.options ?? standard?.options ?? []) : null,
    settings: settingsOf(field, annotation.settings ?? standard?.settings),
    relation: null,
    morphRelations: null,
    morphId: null,
    build: null,
    createdAt: row === undefined ? sources.createdAt : new Date(row.createdAt),
    updatedAt: row === undefined ? sources.createdAt : new Date(row.updatedAt),
  }
}
