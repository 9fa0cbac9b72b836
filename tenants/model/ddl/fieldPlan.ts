// From a field's definition to its columns, enum types, foreign keys and indexes. Base fields are in
// baseField.ts, the text of statements in statement.ts.

import { inWorkspace } from '../../../sql/placeholder.ts'
import { Refusal } from '../../refusal.ts'
import { COMPOSITES, type CompositePart, isComposite } from '../compositeType.ts'
import type { FieldDefinition, RelationFieldDefinition, ValueFieldDefinition } from '../definition.ts'
import { derivedIdentifier, keptIdentifier } from '../identifier.ts'
import { toSnakeCase, toTypeName } from '../name.ts'
import { SCALARS, type Scalar, type ScalarType } from '../scalarType.ts'
import { columnComment, partComment } from './comment.ts'
import { type DerivedNames, PLAIN_NAMES } from './derivedNames.ts'
import { defaultSql } from './literal.ts'
import type { ColumnPlan, EnumPlan, FieldPlan } from './plan.ts'

const NUMBER_TYPES: Readonly<Record<string, string>> = {
  int: 'integer',
  bigint: 'bigint',
  float: 'double precision',
}
export const tableOf = (nameSingular: string): string =>
  keptIdentifier(toSnakeCase(nameSingular), 'the object')

const enumLabels = (
  field: ValueFieldDefinition,
  given: NonNullable<Scalar['options']>,
): readonly string[] => {
  if (given !== 'own') return given
  const options = [...(field.options ?? [])].sort((a, b) => a.position - b.position)
  if (options.length === 0)
    throw new Refusal('INVALID_INPUT', `Options are required for enum fields, "${field.name}" has none`)
  return options.map((option) => keptIdentifier(option.value, 'the option'))
}

const numberType = (field: ValueFieldDefinition): string => {
  const dataType = field.settings?.dataType ?? 'float'
  const name = String(dataType)
  const sql = Object.hasOwn(NUMBER_TYPES, name) ? NUMBER_TYPES[name] : undefined
  if (sql === undefined)
    throw new Refusal('INVALID_INPUT', `A number is int, bigint or float, not ${JSON.stringify(dataType)}.`)
  return sql
}

const planEnum = (
  table: string,
  column: string,
  field: ValueFieldDefinition,
  names: DerivedNames,
  options: NonNullable<Scalar['options']>,
): EnumPlan => ({
  name: names.enumType(table, column),
  labels: enumLabels(field, options),
  comment: `Options of ${table}.${column}`,
})

const planScalar = (
  table: string,
  field: ValueFieldDefinition,
  type: ScalarType,
  uuidFunction: string,
  names: DerivedNames,
): { enums: EnumPlan[]; columns: ColumnPlan[]; unique: string[] } => {
  const name = keptIdentifier(toSnakeCase(field.name), 'the field')
  const { ddl, options, isList } = SCALARS[type]
  const enums = options === undefined ? [] : [planEnum(table, name, field, names, options)]
  const [ownEnum] = enums
  const element = ownEnum === undefined ? '' : inWorkspace(ownEnum.name)
  const sql = ownEnum === undefined ? (ddl ?? numberType(field)) : element + (isList === true ? '[]' : '')
  const column: ColumnPlan = {
    name,
    sql,
    notNull: field.isNullable === false,
    default: defaultSql(field.defaultValue, sql, uuidFunction),
    generated: null,
    comment: columnComment(field.label, field.description),
  }
  return { enums, columns: [column], unique: [name] }
}

const partDefault = (field: ValueFieldDefinition, part: CompositePart): unknown => {
  const given: unknown = field.defaultValue
  const own =
    typeof given === 'object' && given !== null
      ? (given as Readonly<Record<string, unknown>>)[part.name]
      : undefined
  // A required composite is present; its texts may be empty.
  return own ?? (field.isNullable === false && part.sql === 'text' ? "''" : undefined)
}

const planComposite = (
  field: ValueFieldDefinition,
  parts: readonly CompositePart[],
  uuidFunction: string,
  { actorSource }: DerivedNames,
): { enums: EnumPlan[]; columns: ColumnPlan[]; unique: string[] } => {
  const stem = toSnakeCase(field.name)
  const nameOf = (part: CompositePart): string => keptIdentifier(`${stem}_${part.suffix}`, 'the field')
  const columns = parts.map((part): ColumnPlan => {
    const sql = part.sql === 'enum' ? inWorkspace(actorSource) : part.sql
    const value = defaultSql(partDefault(field, part), sql, uuidFunction)
    return {
      name: nameOf(part),
      sql,
      notNull: field.isNullable === false && value !== null,
      default: value,
      generated: null,
      comment: partComment(field.label, part),
    }
  })
  return { enums: [], columns, unique: parts.filter((part) => part.unique === true).map(nameOf) }
}

const planValue = (
  table: string,
  field: ValueFieldDefinition,
  uuidFunction: string,
  names: DerivedNames,
): FieldPlan => {
  const { enums, columns, unique } = isComposite(field.type)
    ? planComposite(field, COMPOSITES[field.type].parts, uuidFunction, names)
    : planScalar(table, field, field.type, uuidFunction, names)
  if (field.isUnique !== true) return { enums, columns, foreignKeys: [], indexes: [] }
  if (unique.length === 0)
    throw new Refusal(
      'INVALID_INPUT',
      `Unique index cannot be created for field ${field.name} of type ${field.type}`,
    )
  const subject = unique.length === 1 ? unique : [toSnakeCase(field.name)]
  const name = names.relation(derivedIdentifier([table, ...subject], 'key'))
  return {
    enums,
    columns,
    foreignKeys: [],
    indexes: [{ name, columns: unique, method: 'btree', unique: true }],
  }
}

const planRelation = (table: string, field: RelationFieldDefinition, names: DerivedNames): FieldPlan => {
  const { targets, onDelete } = field.relation
  const joins = targets.map((target) => {
    const relation = field.type === 'MORPH_RELATION' ? field.name + toTypeName(target) : field.name
    return { target, column: keptIdentifier(`${toSnakeCase(relation)}_id`, 'the relation') }
  })
  return {
    enums: [],
    columns: joins.map(({ column }) => ({
      name: column,
      sql: 'uuid',
      notNull: field.isNullable === false,
      default: null,
      generated: null,
      comment: columnComment(field.label, field.description),
    })),
    foreignKeys: joins.map(({ target, column }) => ({
      name: derivedIdentifier([table, column], 'fkey'),
      column,
      targetTable: tableOf(target),
      onDelete,
    })),
    indexes: joins.map(({ column }) => ({
      name: names.relation(derivedIdentifier([table, column], 'idx')),
      columns: [column],
      method: 'btree',
      unique: false,
    })),
  }
}

/** @param uuidFunction SQL call that generates an id, for defaults that need one. */
export const planField = (
  table: string,
  field: FieldDefinition,
  uuidFunction: string,
  names: DerivedNames = PLAIN_NAMES,
): FieldPlan =>
  'relation' in field ? planRelation(table, field, names) : planValue(table, field, uuidFunction, names)
