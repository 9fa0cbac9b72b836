// Column changes for a requested field change that has passed its checks. The type of a field stays; a number
// may be widened if no digit can be lost.

import { inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import { uuidFunctionOf } from '../../ddl/bootstrap.ts'
import { cancelBuilds } from '../../ddl/buildControl.ts'
import { defaultSql } from '../../ddl/literal.ts'
import type { IndexPlan } from '../../ddl/plan.ts'
import type { Described, DescribedField } from '../../describe/catalogRef.ts'
import { buildsOfField } from '../../describe/describeBuilds.ts'
import { derivedIdentifier } from '../../identifier.ts'
import { isRecord } from '../../json.ts'
import type { OptionMetadata } from '../../metadata.ts'
import type { ColumnType, ValueField } from '../../model.ts'
import { toSnakeCase } from '../../name.ts'
import { hasDataType } from '../../scalarType.ts'
import { faultOf } from '../check/check.ts'
import { MetadataRefusal, refuseFaults } from '../check/metadataRefusal.ts'
import { normalDefault } from '../check/normalDefault.ts'
import { isValue, type RequestedChange, renamedDefault, uniqueColumns } from '../check/requestedChange.ts'
import { ON_DELETE } from '../relation/relationCreate.ts'
import { alterTable, buildIndex, dropIndex, type SchemaChange, type Step } from '../run/schemaChange.ts'
import { isSmall } from '../run/tableSize.ts'
import { requireLater } from '../step/backfill.ts'
import { changeEnumOptions } from '../step/enum.ts'
import { changeOnDelete } from '../step/relationPlan.ts'
import { keyNameAfter } from '../step/rename.ts'

/** Lossless widenings, with the reasons against the others. */
const WIDENINGS: Readonly<Record<string, string>> = {
  'int bigint': 'bigint',
  'int float': 'double precision',
}
const NARROWING: Readonly<Record<string, string>> = {
  'bigint int': 'numbers above 2147483647 would not fit',
  'bigint float': 'numbers above 9007199254740992 would lose digits',
  'float int': 'fractions would be lost',
  'float bigint': 'fractions would be lost',
}

const defaultsOf = (
  requested: RequestedChange,
  value: unknown,
): readonly { column: string; sql: string | null }[] => {
  const server = { hasUuidv7: requested.before.sources.details.serverVersion >= 180_000 }
  const [field] = requested.field.fields
  if (!isValue(field)) return []
  const sqlOf = (given: unknown, { name, isArray, sql }: ColumnType) =>
    defaultSql(given, name === 'jsonb' && !isArray ? name : sql, uuidFunctionOf(server))
  if (field.kind === 'scalar') return [{ column: field.column.name, sql: sqlOf(value, field.column.type) }]
  const normal = normalDefault(field.type, value, requested.now.name)
  const parts = isRecord(normal) ? normal : {}
  return field.parts.map(({ part, column }) => ({
    column: column.name,
    sql: sqlOf(parts[part.name], column.type),
  }))
}

export const defaultSteps = (requested: RequestedChange, hasNewType: boolean): readonly Step[] => {
  const { update, field } = requested
  if (update.defaultValue === undefined || hasNewType) return []
  const clauses = defaultsOf(requested, update.defaultValue).map(({ column, sql }) =>
    sql === null
      ? `alter column ${quoteIdentifier(column)} drop default`
      : `alter column ${quoteIdentifier(column)} set default ${sql}`,
  )
  return [
    alterTable(field.object.relation.name, clauses, `changes the default of ${requested.now.name}`, [
      { action: 'setDefault', columns: [] },
    ]),
  ]
}

/** Columns whose nullability follows the field's, with the value that fills empty rows. */
const requiredColumns = (
  part: ValueField,
  isNullable: boolean,
): readonly { name: string; filled: string }[] => {
  if (part.kind === 'scalar') return [{ name: part.column.name, filled: 'default' }]
  // A required composite is present; its texts may be empty.
  return part.parts
    .filter(({ part: { sql }, column }) =>
      isNullable ? column.notNull : sql === 'text' || column.hasDefault,
    )
    .map(({ column: { name, hasDefault } }) => ({ name, filled: hasDefault ? 'default' : "''" }))
}

/** Its check holds for new rows before the build is ready. */
const cancelRequirement = (before: Described, field: DescribedField, what: string): readonly Step[] => {
  const rows = buildsOfField(before.sources, field).filter(({ purpose }) => purpose === 'required')
  const checks = new Set(rows.flatMap(({ constraintName }) => constraintName ?? []))
  const drops = [...checks].map((name) => `drop constraint if exists ${quoteIdentifier(name)}`)
  return drops.length === 0
    ? []
    : [
        ...cancelBuilds(rows, what),
        alterTable(field.object.relation.name, drops, `drops ${[...checks].join(', ')}`),
      ]
}

/** @param renamed new names of columns, for steps that run afterwards. */
export const nullabilitySteps = (
  { update, now, field, before }: RequestedChange,
  renamed: ReadonlyMap<string, string>,
): Required<Pick<SchemaChange, 'steps' | 'afterwards'>> => {
  const [part] = field.fields
  const nothing = { steps: [], afterwards: [] }
  if (update.isNullable == null || update.isNullable === now.isNullable || !isValue(part)) return nothing
  const table = field.object.relation.name
  const columns = requiredColumns(part, update.isNullable)
  const cancelled = update.isNullable
    ? cancelRequirement(before, field, `The requirement of "${now.name}"`)
    : []
  if (columns.length === 0) return { steps: cancelled, afterwards: [] }
  const alter = (clause: 'set not null' | 'drop not null', why: string) =>
    alterTable(
      table,
      columns.map(({ name }) => `alter column ${quoteIdentifier(name)} ${clause}`),
      why,
      [
        {
          action: clause === 'set not null' ? 'setNotNull' : 'dropNotNull',
          columns: columns.map(({ name }) => name),
        },
      ],
    )
  if (update.isNullable)
    return {
      steps: [...cancelled, alter('drop not null', `lets ${now.name} be empty`)],
      afterwards: [],
    }
  const names = columns.map(({ name }) => name)
  const after = names.map((name) => renamed.get(name) ?? name)
  const required = isSmall(before, table)
    ? {
        steps: [
          { ...alter('set not null', `requires ${now.name}`), rows: [{ table, effect: 'scan' as const }] },
        ],
        afterwards: [],
      }
    : requireLater(before, table, names, after)
  return {
    steps: [
      ...columns.map(
        ({ name, filled }): Step => ({
          sql: `update ${inWorkspace(table)} set ${quoteIdentifier(name)} = ${filled} where ${quoteIdentifier(name)} is null`,
          rows: [{ table, effect: 'update' }],
          ...(filled === 'default' ? { fills: { table, column: name } } : {}),
        }),
      ),
      ...required.steps,
    ],
    afterwards: required.afterwards,
  }
}

/** Changes the delete action of the foreign keys, for every target of a morph relation. */
export const onDeleteSteps = (
  requested: RequestedChange,
  renamed: ReadonlyMap<string, string>,
): Pick<SchemaChange, 'steps' | 'afterwards'> => {
  const { before, update, field, now, subject } = requested
  const wanted = isRecord(update.settings) ? update.settings.onDelete : undefined
  if (wanted === undefined || wanted === null || wanted === now.settings?.onDelete) return { steps: [] }
  const refuse = (message: string) => new MetadataRefusal([faultOf(subject, message, wanted)])
  const keys = field.fields.filter((part) => part.kind === 'toOne')
  const onDelete = ON_DELETE.find((each) => each === wanted)
  if (keys.length === 0) throw refuse('On delete action is only supported for many to one relations')
  if (onDelete === undefined) throw refuse(`onDelete must be one of ${ON_DELETE.join(', ')}`)
  if (onDelete === 'SET_NULL' && !now.isNullable)
    throw refuse('A relation that must not be empty cannot be emptied: onDelete cannot be SET_NULL')
  if (!field.object.model.emptyStringForNull)
    throw refuse('This foreign key was created in SQL, so its delete action can only be changed in SQL')
  const table = field.object.relation.name
  const changes = keys.map((key) => {
    const after = keyNameAfter(before, { table, columns: key.columns, name: key.constraint }, table, renamed)
    const columns = key.columns.map((column) => renamed.get(column) ?? column)
    return changeOnDelete(before, table, key, onDelete, after, columns)
  })
  return {
    steps: changes.flatMap(({ steps }) => steps),
    afterwards: changes.flatMap(({ afterwards }) => afterwards),
  }
}

/**
 * @param renamed new names of columns, for what is built afterwards.
 * @returns also the dropped index, which must not be renamed afterwards.
 */
export const uniqueSteps = (
  requested: RequestedChange,
  renamed: ReadonlyMap<string, string>,
): Pick<SchemaChange, 'steps' | 'afterwards'> & { readonly dropped?: string } => {
  const { update, now, field, before } = requested
  const [part] = field.fields
  if (update.isUnique == null || !isValue(part)) return { steps: [] }
  const table = field.object.relation.name
  const building = buildsOfField(before.sources, field).filter(({ purpose }) => purpose === 'unique')
  if (!update.isUnique && building.length > 0)
    return { steps: cancelBuilds(building, `The unique index of "${now.name}"`) }
  if (update.isUnique === now.isUnique) return { steps: [] }
  const columns = uniqueColumns(part)
  if (update.isUnique) {
    const after = columns.map((column) => renamed.get(column) ?? column)
    const stem =
      part.kind === 'composite' && after.length > 1 ? [toSnakeCase(update.name ?? now.name)] : after
    const index: IndexPlan = {
      name: before.names.relation(derivedIdentifier([table, ...stem], 'key')),
      columns: isSmall(before, table) ? columns : after,
      method: 'btree',
      unique: true,
      hasNoTrash: field.object.model.softDelete === null,
    }
    return buildIndex(before, table, index, 'unique')
  }
  const key = field.object.model.uniqueKeys.find(
    (each) => each.columns.length === columns.length && columns.every((name) => each.columns.includes(name)),
  )
  if (key === undefined) return { steps: [] }
  const hasConstraint = before.sources.details.indexes.some(
    (index) => index.name === key.name && index.hasConstraint,
  )
  return {
    dropped: key.name,
    steps: [
      hasConstraint
        ? alterTable(table, [`drop constraint ${quoteIdentifier(key.name)}`], `drops ${key.name}`)
        : dropIndex(table, key.name),
    ],
  }
}

export const numberSteps = ({ update, now, field, subject }: RequestedChange): readonly Step[] => {
  const [part] = field.fields
  const wanted = isRecord(update.settings) ? update.settings.dataType : undefined
  const present = now.settings?.dataType
  if (!hasDataType(now.type) || wanted === undefined || wanted === present || part?.kind !== 'scalar')
    return []
  const way = `${String(present)} ${String(wanted)}`
  const sql = WIDENINGS[way]
  if (sql === undefined) {
    const why = NARROWING[way] ?? 'a number is int, bigint or float'
    refuseFaults([faultOf(subject, `The number cannot become ${String(wanted)}: ${why}`, wanted)])
    return []
  }
  const table = field.object.relation.name
  return [
    {
      ...alterTable(
        table,
        [`alter column ${quoteIdentifier(part.column.name)} type ${sql}`],
        `widens ${now.name}`,
        [{ action: 'changeType', columns: [part.column.name] }],
      ),
      rows: [{ table, effect: 'rewrite' }],
    },
  ]
}

export const optionSteps = (
  requested: RequestedChange,
  wanted: readonly OptionMetadata[] | undefined,
): readonly Step[] => {
  const { field, now, update } = requested
  const [part] = field.fields
  if (wanted === undefined || part?.kind !== 'scalar') return []
  // The default follows a renamed option.
  const value = update.defaultValue === undefined ? renamedDefault(now, wanted) : update.defaultValue
  const [{ sql } = { sql: null }] = defaultsOf(requested, value)
  return changeEnumOptions(requested.before, {
    table: field.object.relation.name,
    column: part.column,
    now: now.options ?? [],
    wanted,
    defaultSql: sql,
    isDefaultChanged: update.defaultValue !== undefined,
  })
}
