// Plans changes of fields. In: a field's id and what is to be different; out: an alteration, or a refusal that names every fault.
// The type of a field stays; a number may be widened where no digit can be lost.

import { quoteIdentifier } from '../../sql/placeholder.ts'
import {
  type Alteration,
  alterTable,
  buildIndex,
  dropIndex,
  type FieldWrite,
  type Step,
} from './alteration.ts'
import { faultOf, isSynced, labelFaults, nameFaults, notFound, type Subject } from './check.ts'
import type { Described, DescribedField } from './describe.ts'
import { BASE_FIELDS, columnsOfField } from './describeField.ts'
import { changeOptions } from './enum.ts'
import { defaultFaults } from './fieldDefault.ts'
import { uuidFunctionOf } from './foundation.ts'
import { derivedIdentifier } from './identifier.ts'
import type { UpdateFieldInput } from './input.ts'
import { isRecord } from './json.ts'
import { defaultSql } from './literal.ts'
import type { FieldMetadata, MetadataFault, OptionMetadata } from './metadata.ts'
import { refuseFaults } from './metadataRefusal.ts'
import type { ValueField } from './model.ts'
import { toSnakeCase, toTypeName } from './name.ts'
import { columnFaults, fieldNameFaults } from './nameUse.ts'
import { checkOptions } from './options.ts'
import type { FieldAnnotationRow } from './registry.ts'
import { joinColumnOf } from './relationPlan.ts'
import { renameColumns } from './rename.ts'

const STANDARD_UPDATES = new Set([
  'defaultValue',
  'description',
  'icon',
  'isActive',
  'label',
  'options',
  'settings',
  'isUnique',
])
const SYSTEM_UPDATES = new Set(['description', 'icon', 'label'])

/** Widenings that keep every digit; the reasons against the others. */
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

interface Wish {
  readonly before: Described
  readonly field: DescribedField
  readonly now: FieldMetadata
  readonly update: UpdateFieldInput
  readonly subject: Subject
}

const isChanged = (update: UpdateFieldInput, now: FieldMetadata, key: string): boolean => {
  const value: unknown = Reflect.get(update, key)
  return value !== undefined && JSON.stringify(value) !== JSON.stringify(Reflect.get(now, key))
}

const protectionFaults = ({ field, now, update, subject, before }: Wish): readonly MetadataFault[] => {
  const isBase = field.object.model.blanksAbsent && Object.hasOwn(BASE_FIELDS, now.name)
  const allowed = isBase ? SYSTEM_UPDATES : now.isCustom ? undefined : STANDARD_UPDATES
  const forbidden =
    allowed === undefined
      ? []
      : Object.keys(update).filter((key) => isChanged(update, now, key) && !allowed.has(key))
  const identifier = before.metadata.objects.find(
    (object) => object.id === now.objectMetadataId,
  )?.labelIdentifierFieldMetadataId
  return [
    ...(forbidden.length > 0
      ? [faultOf(subject, `Cannot edit standard field metadata properties: ${forbidden.join(', ')}`)]
      : []),
    ...(update.isActive === false && identifier === now.id
      ? [faultOf(subject, 'Cannot deactivate label identifier field')]
      : []),
  ]
}

const nameChangeFaults = ({ field, now, update, subject }: Wish): readonly MetadataFault[] => {
  const name = update.name ?? now.name
  const label = update.label ?? now.label
  const shape = [
    ...(update.name == null ? [] : nameFaults(subject, name)),
    ...(update.label == null ? [] : labelFaults(subject, label, 'Field')),
  ]
  if (shape.length > 0) return shape
  const isToBeSynced = update.isLabelSyncedWithName ?? (now.isLabelSyncedWithName && name !== now.name)
  const except = new Set([now.name, ...field.fields.map((each) => each.name)])
  return [
    ...(isToBeSynced && !isSynced(name, label)
      ? [faultOf(subject, 'Name is not synced with label.', name)]
      : []),
    ...(name === now.name ? [] : fieldNameFaults(subject, field.object, name, except)),
  ]
}

const isValue = (field: unknown): field is ValueField =>
  typeof field === 'object' &&
  field !== null &&
  'kind' in field &&
  (field.kind === 'scalar' || field.kind === 'composite')

/** New names of the columns, by their old ones. */
const renamedColumns = ({ field, update, now }: Wish): ReadonlyMap<string, string> => {
  const { name } = update
  if (name == null || name === now.name || field.face === 'inverse') return new Map()
  const pairs = field.fields.flatMap((part): (readonly [string, string])[] => {
    if (part.kind === 'scalar') return [[part.column.name, toSnakeCase(name)]]
    if (part.kind === 'composite')
      return part.parts.map(({ part: { suffix }, column }) => [column.name, `${toSnakeCase(name)}_${suffix}`])
    const [column] = part.columns
    if (part.kind !== 'toOne' || column === undefined || part.columns.length > 1) return []
    const ending = now.type === 'MORPH_RELATION' ? part.name.slice(now.name.length) : ''
    return [[column, joinColumnOf(name + toTypeName(ending))]]
  })
  return new Map(pairs.filter(([from, to]) => from !== to))
}

const defaultsOf = (wish: Wish, value: unknown): readonly { column: string; sql: string | null }[] => {
  const server = { hasUuidv7: wish.before.sources.details.serverVersion >= 180_000 }
  const [field] = wish.field.fields
  if (!isValue(field)) return []
  const sqlOf = (given: unknown, type: string) => defaultSql(given, type, uuidFunctionOf(server))
  if (field.kind === 'scalar')
    return [{ column: field.column.name, sql: sqlOf(value, field.column.type.sql) }]
  const parts = isRecord(value) ? value : {}
  return field.parts.map(({ part, column }) => ({
    column: column.name,
    sql: sqlOf(parts[part.name], column.type.sql),
  }))
}

const defaultSteps = (wish: Wish, hasNewType: boolean): readonly Step[] => {
  const { update, field } = wish
  if (update.defaultValue === undefined || hasNewType) return []
  const clauses = defaultsOf(wish, update.defaultValue).map(({ column, sql }) =>
    sql === null
      ? `alter column ${quoteIdentifier(column)} drop default`
      : `alter column ${quoteIdentifier(column)} set default ${sql}`,
  )
  return [alterTable(field.object.relation.name, clauses, `changes the default of ${wish.now.name}`)]
}

const nullabilitySteps = ({ update, now, field, before }: Wish): readonly Step[] => {
  const [part] = field.fields
  if (update.isNullable == null || update.isNullable === now.isNullable || part?.kind !== 'scalar') return []
  const table = field.object.relation.name
  const column = quoteIdentifier(part.column.name)
  if (update.isNullable)
    return [alterTable(table, [`alter column ${column} drop not null`], `lets ${now.name} be empty`)]
  return [
    {
      sql: `update "__WS__".${quoteIdentifier(table)} set ${column} = default where ${column} is null`,
      rows: before.sources.details.sizes.length === 0 ? [] : [{ table, effect: 'update' }],
    },
    {
      ...alterTable(table, [`alter column ${column} set not null`], `requires ${now.name}`),
      rows: [{ table, effect: 'scan' }],
    },
  ]
}

const uniqueColumns = (field: ValueField): readonly string[] =>
  field.kind === 'scalar'
    ? [field.column.name]
    : field.parts.flatMap(({ part, column }) => (part.unique === true ? [column.name] : []))

const uniqueSteps = (wish: Wish): Pick<Alteration, 'steps' | 'afterwards'> => {
  const { update, now, field, before } = wish
  const [part] = field.fields
  if (update.isUnique == null || update.isUnique === now.isUnique || !isValue(part)) return { steps: [] }
  const table = field.object.relation.name
  const columns = uniqueColumns(part)
  if (update.isUnique) {
    const stem = part.kind === 'composite' && columns.length > 1 ? [toSnakeCase(now.name)] : columns
    return buildIndex(before, table, {
      name: derivedIdentifier([table, ...stem], 'key'),
      columns,
      method: 'btree',
      unique: true,
      hasNoTrash: field.object.model.softDelete === null,
    })
  }
  const key = field.object.model.uniqueKeys.find(
    (each) => each.columns.length === columns.length && columns.every((name) => each.columns.includes(name)),
  )
  if (key === undefined) return { steps: [] }
  const hasConstraint = before.sources.details.indexes.some(
    (index) => index.name === key.name && index.hasConstraint,
  )
  return {
    steps: [
      hasConstraint
        ? alterTable(table, [`drop constraint ${quoteIdentifier(key.name)}`], `drops ${key.name}`)
        : dropIndex(table, key.name),
    ],
  }
}

const numberSteps = ({ update, now, field, subject }: Wish): readonly Step[] => {
  const [part] = field.fields
  const wanted = isRecord(update.settings) ? update.settings.dataType : undefined
  const present = now.settings?.dataType
  if (now.type !== 'NUMBER' || wanted === undefined || wanted === present || part?.kind !== 'scalar')
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
      ),
      rows: [{ table, effect: 'rewrite' }],
    },
  ]
}

const optionSteps = (wish: Wish, wanted: readonly OptionMetadata[] | undefined): readonly Step[] => {
  const { field, now, update } = wish
  const [part] = field.fields
  if (wanted === undefined || part?.kind !== 'scalar') return []
  // The default follows an option that is called differently now.
  const value = update.defaultValue === undefined ? renamedDefault(now, wanted) : update.defaultValue
  const [{ sql } = { sql: null }] = defaultsOf(wish, value)
  return changeOptions(wish.before, {
    table: field.object.relation.name,
    column: part.column,
    now: now.options ?? [],
    wanted,
    defaultSql: sql,
    isDefaultChanged: update.defaultValue !== undefined,
  })
}

const renamedDefault = (now: FieldMetadata, wanted: readonly OptionMetadata[]): unknown => {
  const renamed = (value: unknown): unknown => {
    const option = now.options?.find((each) => `'${each.value}'` === value)
    const found = wanted.find((each) => each.id === option?.id)
    return found === undefined ? value : `'${found.value}'`
  }
  return Array.isArray(now.defaultValue) ? now.defaultValue.map(renamed) : renamed(now.defaultValue)
}

const valueFaults = (wish: Wish, options: readonly OptionMetadata[]): readonly MetadataFault[] => {
  const { update, now, subject } = wish
  const wanted = update.defaultValue === undefined ? renamedDefault(now, options) : update.defaultValue
  const isRequired = !(update.isNullable ?? now.isNullable)
  const isChecked = update.defaultValue !== undefined || update.options !== undefined
  return [
    ...(isChecked ? defaultFaults(subject, now.type, wanted, options) : []),
    ...(isRequired &&
    (wanted === null || wanted === undefined) &&
    (update.isNullable === false || update.defaultValue === null)
      ? [faultOf(subject, 'Default value cannot be null for non-nullable fields')]
      : []),
    ...(update.isUnique === true &&
    !now.isUnique &&
    ((wanted !== null && wanted !== undefined) ||
      wish.field.fields.some((part) => !isValue(part) || uniqueColumns(part).length === 0))
      ? [
          faultOf(
            subject,
            `Unique index cannot be created for field ${now.name} of type ${now.type}`,
            now.name,
          ),
        ]
      : []),
  ]
}

/** Rows of the registry: one for the field, or one for each relation of a morph group. */
const writesOf = (
  { field, now, update, before }: Wish,
  columns: ReadonlyMap<string, string>,
  options: readonly OptionMetadata[] | undefined,
): readonly FieldWrite[] => {
  const settings = isRecord(update.settings) ? { ...now.settings, ...update.settings } : undefined
  const entries: FieldAnnotationRow = Object.fromEntries(
    Object.entries({
      label: update.label?.trim(),
      description: update.description,
      icon: update.icon,
      isActive: update.isActive ?? undefined,
      isLabelSyncedWithName: update.isLabelSyncedWithName ?? undefined,
      settings,
      options,
    }).filter(([, value]) => value !== undefined),
  )
  return field.fields.flatMap((part): readonly FieldWrite[] => {
    const isInverse = part.kind === 'toMany'
    const anchor = isInverse
      ? [...before.objects.values()].find((object) => object.relation.name === part.target)
      : field.object
    const column = isValue(part)
      ? columnsOfField(part)[0]?.name
      : (isInverse ? part.targetColumns : part.columns)[0]
    if (anchor === undefined || column === undefined) return []
    const name = update.name ?? undefined
    const isMorph = now.morphId !== null
    const row = anchor.row?.fields.find((each) => each.column === column && each.face === field.face)
    return [
      {
        id: isMorph ? (row?.id ?? now.id) : now.id,
        objectId: anchor.id,
        table: anchor.relation.name,
        column: columns.get(column) ?? column,
        face: field.face,
        annotation: {
          ...entries,
          ...(part.kind === 'toOne' ? { type: 'RELATION' as const } : {}),
          ...(name === undefined ? {} : { name: isMorph ? name + part.name.slice(now.name.length) : name }),
          ...(isMorph && now.morphId !== null ? { morph: { id: now.morphId, name: name ?? now.name } } : {}),
        },
      },
    ]
  })
}

export const planUpdateField =
  (id: string, update: UpdateFieldInput) =>
  (before: Described): Alteration => {
    const field = before.fields.get(id)
    if (field === undefined) throw notFound('fieldMetadata', 'update', id)
    const now = field.metadata
    const subject: Subject = {
      metadataName: 'fieldMetadata',
      operation: 'update',
      code: 'INVALID_FIELD_INPUT',
      name: now.name,
      objectName: field.object.model.nameSingular,
    }
    const wish: Wish = { before, field, now, update, subject }
    refuseFaults(protectionFaults(wish))
    refuseFaults(nameChangeFaults(wish))
    const isSelect = now.type === 'SELECT' || now.type === 'MULTI_SELECT'
    const checked =
      isSelect && update.options !== undefined && update.options !== null
        ? checkOptions(subject, update.options, now.options ?? [])
        : undefined
    refuseFaults(checked?.faults ?? [])
    refuseFaults(valueFaults(wish, checked?.options ?? now.options ?? []))
    const columns = renamedColumns(wish)
    refuseFaults(
      columnFaults(
        subject,
        field.object,
        update.name ?? now.name,
        [...columns.values()],
        new Set(columns.keys()),
      ),
    )
    const options = optionSteps(wish, checked?.options)
    const unique = uniqueSteps(wish)
    return {
      id,
      steps: [
        ...options,
        ...numberSteps(wish),
        ...defaultSteps(
          wish,
          options.some((step) => step.rows !== undefined),
        ),
        ...nullabilitySteps(wish),
        ...unique.steps,
        // Last, so that the steps above may use the names that are known.
        ...(columns.size === 0 ? [] : renameColumns(before, field.object, columns)),
      ],
      afterwards: unique.afterwards ?? [],
      fields: writesOf(wish, columns, checked?.options),
    }
  }
