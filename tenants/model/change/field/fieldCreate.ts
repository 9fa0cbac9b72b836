// Plans new fields, or refuses with all faults. Relations are planned in relationCreate.ts; fieldPlan.ts has
// the columns of each type.

import { quoteIdentifier } from '../../../../sql/placeholder.ts'
import { newUuid } from '../../../uuid.ts'
import { COMPOSITES, isComposite } from '../../compositeType.ts'
import { uuidFunctionOf } from '../../ddl/bootstrap.ts'
import { planField } from '../../ddl/fieldPlan.ts'
import type { ColumnPlan, FieldPlan } from '../../ddl/plan.ts'
import { columnClause, commentOnColumn, createEnum } from '../../ddl/statement.ts'
import type { ValueFieldDefinition } from '../../definition.ts'
import type { Described, DescribedObject } from '../../describe/catalogRef.ts'
import { REFUSED_TYPE } from '../../fieldType.ts'
import { isRecord } from '../../json.ts'
import type { MetadataFault, OptionMetadata } from '../../metadata.ts'
import { toSnakeCase } from '../../name.ts'
import { fieldNameOfColumn } from '../../read/fieldNaming.ts'
import { hasOwnOptions, isScalar, SCALARS } from '../../scalarType.ts'
import {
  faultOf,
  isSynced,
  labelFaults,
  lengthFaults,
  nameFaults,
  notFound,
  nulFaults,
  type Subject,
  searchableFault,
} from '../check/check.ts'
import { defaultFaults } from '../check/fieldDefault.ts'
import type { CreateFieldInput } from '../check/input.ts'
import { refuseFaults } from '../check/metadataRefusal.ts'
import { columnFaults, fieldNameFaults } from '../check/nameUse.ts'
import { normalDefault } from '../check/normalDefault.ts'
import { checkOptions } from '../check/options.ts'
import { planRelationField } from '../relation/relationCreate.ts'
import { alterTable, buildIndex, type FieldWrite, type SchemaChange } from '../run/schemaChange.ts'
import { isSmall } from '../run/tableSize.ts'
import { fillWithDefault, requireFilled } from '../step/backfill.ts'

/** Types that a unique index does not support. */
const isUniqueable = (type: string): boolean =>
  isComposite(type)
    ? COMPOSITES[type].parts.some((part) => part.unique === true)
    : !isScalar(type) || SCALARS[type].isUniqueable

/** Why clients cannot create a field of the type; undefined if they can. */
const refusalOf = ({ type, name }: CreateFieldInput): string | undefined => {
  if (type === REFUSED_TYPE)
    return `Field type ${type} is not supported. Keep links in a LINKS field instead.`
  return isScalar(type) ? SCALARS[type].notCreated?.(name) : undefined
}

const typeFaults = (subject: Subject, input: CreateFieldInput): readonly MetadataFault[] => {
  const message = refusalOf(input)
  return message === undefined ? [] : [faultOf(subject, message)]
}

/** Faults common to fields of every kind, including relations. */
const commonFaults = (
  subject: Subject,
  object: DescribedObject,
  input: CreateFieldInput,
): readonly MetadataFault[] => {
  const shape = [
    ...nulFaults(subject, input),
    ...typeFaults(subject, input),
    ...nameFaults(subject, input.name),
    ...labelFaults(subject, input.label, 'Field'),
    ...(input.isSearchable === true ? [searchableFault(subject, true)] : []),
    ...(object.relation.kind === 'r' || object.relation.kind === 'p'
      ? []
      : [faultOf(subject, `"${object.model.nameSingular}" is not a table, so it cannot have new fields`)]),
  ]
  if (shape.length > 0) return shape
  return [
    ...(input.isLabelSyncedWithName === true && !isSynced(input.name, input.label)
      ? [faultOf(subject, 'Name is not synced with label.', input.name)]
      : []),
    ...fieldNameFaults(subject, object, input.name),
  ]
}

/** Names of the columns that a field of the type would have. */
const columnsNamed = (type: string, name: string): readonly string[] => {
  const stem = toSnakeCase(name)
  return isComposite(type) ? COMPOSITES[type].parts.map(({ suffix }) => `${stem}_${suffix}`) : [stem]
}

const valueFaults = (
  subject: Subject,
  input: Omit<CreateFieldInput, 'objectMetadataId'>,
  options: readonly { readonly value: string }[],
  hasRows: boolean,
): readonly MetadataFault[] => {
  const hasDefault = input.defaultValue !== undefined && input.defaultValue !== null
  return [
    ...(nameFaults(subject, input.name).length === 0
      ? lengthFaults(subject, input.name, columnsNamed(input.type, input.name))
      : []),
    ...defaultFaults(subject, input.type, input.defaultValue, {
      options,
      dataType: isRecord(input.settings) ? input.settings.dataType : undefined,
    }),
    ...(input.isNullable === false && !hasDefault && hasRows
      ? [faultOf(subject, 'Default value cannot be null for non-nullable fields')]
      : []),
    ...(input.isUnique === true && (hasDefault || !isUniqueable(input.type))
      ? [
          faultOf(
            subject,
            `Unique index cannot be created for field ${input.name} of type ${input.type}`,
            input.name,
          ),
        ]
      : []),
  ]
}

/** A volatile default is computed for every existing row; a constant one is not. */
const isPerRow = ({ default: value }: ColumnPlan): boolean =>
  [true, false].some((hasUuidv7) => value === uuidFunctionOf({ hasUuidv7 }))

const columnsAdded = (
  before: Described,
  table: string,
  columns: readonly ColumnPlan[],
): Required<Pick<SchemaChange, 'steps' | 'afterwards'>> => {
  const perRow = columns.filter(isPerRow)
  const isLater = perRow.length > 0 && !isSmall(before, table)
  const clauses = columns.flatMap((column) =>
    isLater && isPerRow(column)
      ? [
          `add column ${columnClause({ ...column, notNull: false, default: null })}`,
          `alter column ${quoteIdentifier(column.name)} set default ${column.default}`,
        ]
      : [`add column ${columnClause(column)}`],
  )
  const why = `adds ${columns.map(({ name }) => name).join(', ')}`
  const add = alterTable(table, clauses, why, [
    { action: 'addColumn', columns: columns.map(({ name }) => name) },
  ])
  if (!isLater)
    return {
      steps: [perRow.length === 0 ? add : { ...add, rows: [{ table, effect: 'rewrite' }] }],
      afterwards: [],
    }
  const required = perRow.filter(({ notNull }) => notNull).map(({ name }) => name)
  const filled = perRow.filter(({ notNull }) => !notNull)
  return {
    steps: [add],
    afterwards: [
      ...filled.map(({ name }) => fillWithDefault(table, name)),
      ...(required.length === 0 ? [] : requireFilled(before, table, required)),
    ],
  }
}

const addColumns = (
  before: Described,
  object: DescribedObject,
  plan: FieldPlan,
): Pick<SchemaChange, 'steps' | 'afterwards'> => {
  const table = object.relation.name
  const added = columnsAdded(before, table, plan.columns)
  const hasNoTrash = object.model.softDelete === null
  const indexes = plan.indexes.map((index) => buildIndex(before, table, { ...index, hasNoTrash }, 'unique'))
  return {
    steps: [
      ...plan.enums.flatMap(createEnum).map((sql) => ({ sql })),
      ...added.steps,
      ...plan.columns.map((column) => ({ sql: commentOnColumn(table, column) })),
      ...indexes.flatMap(({ steps }) => steps),
    ],
    afterwards: [...added.afterwards, ...indexes.flatMap(({ afterwards }) => afterwards)],
  }
}

/** Faults of options; if there are none, faults of what depends on the options. */
const checkValue = (
  subject: Subject,
  input: Omit<CreateFieldInput, 'objectMetadataId'>,
  hasRows: boolean,
) => {
  const given = isScalar(input.type) ? SCALARS[input.type].options : undefined
  const { faults, options } =
    given === 'own' ? checkOptions(subject, input.options) : { faults: [], options: [] }
  if (faults.length > 0) return { faults, options }
  const values = given === undefined || given === 'own' ? options : given.map((value) => ({ value }))
  return { faults: valueFaults(subject, input, values, hasRows), options }
}

interface CheckedValue {
  readonly definition: ValueFieldDefinition
  readonly options: readonly OptionMetadata[]
}

/** @param hasRows the column needs a value for existing rows. */
export const checkValueField = (
  subject: Subject,
  input: Omit<CreateFieldInput, 'objectMetadataId'>,
  hasRows = true,
): CheckedValue => {
  const { faults, options } = checkValue(subject, input, hasRows)
  refuseFaults(faults)
  const settings = isRecord(input.settings) ? input.settings : null
  const definition = {
    name: input.name,
    label: input.label.trim(),
    type: input.type,
    isNullable: input.isNullable ?? true,
    isUnique: input.isUnique ?? false,
    defaultValue:
      input.defaultValue === undefined
        ? isComposite(input.type)
          ? COMPOSITES[input.type].defaultValue
          : undefined
        : normalDefault(input.type, input.defaultValue, input.name),
    options,
    ...(settings === null ? {} : { settings }),
    ...(typeof input.description === 'string' ? { description: input.description } : {}),
  } as ValueFieldDefinition
  return { definition, options }
}

/**
 * The registry row of a new field.
 * @param column its first column.
 */
export const valueFieldWrite = (
  place: { readonly objectId: string; readonly table: string; readonly column: string },
  input: Omit<CreateFieldInput, 'objectMetadataId'>,
  { definition, options }: CheckedValue,
): FieldWrite => {
  const { type } = definition
  const { column } = place
  const derived = isComposite(type)
    ? column.slice(0, -(COMPOSITES[type].parts[0]?.suffix.length ?? 0) - 1)
    : column
  return {
    id: newUuid(),
    ...place,
    face: 'own',
    annotation: {
      ...(fieldNameOfColumn(derived) === input.name ? {} : { name: input.name }),
      type,
      label: definition.label,
      description: input.description ?? null,
      icon: input.icon ?? null,
      isActive: input.isActive ?? true,
      isSystem: input.isSystem ?? false,
      isLabelSyncedWithName: input.isLabelSyncedWithName ?? false,
      settings: definition.settings ?? null,
      ...(hasOwnOptions(type) ? { options } : {}),
    },
  }
}

export const planValueField = (
  before: Described,
  object: DescribedObject,
  subject: Subject,
  input: Omit<CreateFieldInput, 'objectMetadataId'>,
): { readonly plan: FieldPlan; readonly schemaChange: SchemaChange } => {
  const checked = checkValueField(subject, input)
  const table = object.relation.name
  const server = { hasUuidv7: before.sources.details.serverVersion >= 180_000 }
  const plan = planField(table, checked.definition, uuidFunctionOf(server), before.names)
  const columns = plan.columns.map((column) => column.name)
  refuseFaults(columnFaults(subject, object, input.name, columns))
  const [column = ''] = columns
  const write = valueFieldWrite({ objectId: object.id, table, column }, input, checked)
  return { plan, schemaChange: { id: write.id, ...addColumns(before, object, plan), fields: [write] } }
}

export const planCreateField =
  (input: CreateFieldInput) =>
  (before: Described): SchemaChange => {
    const object = before.objects.get(input.objectMetadataId)
    if (object === undefined) throw notFound('objectMetadata', 'create', input.objectMetadataId)
    const subject: Subject = {
      metadataName: 'fieldMetadata',
      operation: 'create',
      code: 'INVALID_FIELD_INPUT',
      name: input.name,
      objectName: object.model.nameSingular,
    }
    const isRelation = input.type === 'RELATION' || input.type === 'MORPH_RELATION'
    const isMade = typeFaults(subject, input).length === 0
    refuseFaults([
      ...commonFaults(subject, object, input),
      ...(isRelation || !isMade ? [] : checkValue(subject, input, true).faults),
    ])
    return isRelation
      ? planRelationField(before, object, subject, input)
      : planValueField(before, object, subject, input).schemaChange
  }
