// Plans everything that a document removes: objects, fields, targets of morph relations, indexes. Dropping
// standard objects and fields is refused.

import { inWorkspace } from '../../../sql/placeholder.ts'
import { faultOf } from '../change/check/check.ts'
import { refuseFaults } from '../change/check/metadataRefusal.ts'
import { dropIndex, dropType, type Step } from '../change/run/schemaChange.ts'
import { dropFieldColumns, ownEnums } from '../change/step/fieldDrop.ts'
import { dropSearchVector, isVectorOf, SEARCH_VECTOR } from '../change/step/searchRefresh.ts'
import type { Described, DescribedField, DescribedObject } from '../describe/catalogRef.ts'
import { columnsOfField } from '../describe/describeField.ts'
import type { MetadataFault } from '../metadata.ts'
import type { ModelField } from '../model.ts'
import type { ModelChange } from './diff.ts'
import { indexKey, linksOf, type ModelDocument } from './document.ts'
import { indexDocumentOf } from './export.ts'
import type { Gone } from './simulate.ts'

export interface Drops {
  readonly steps: readonly Step[]
  readonly forgotten: readonly string[]
  readonly gone: Gone
  /** Ids of objects whose search vector was dropped with a column, and must be regenerated. */
  readonly vectorless: ReadonlySet<string>
}

type FieldsByName = ReadonlyMap<string, DescribedField>

/** By object and name: a document asks for thousands of them. */
const namedFields = new WeakMap<Described['fields'], FieldsByName>()

const nameOf = (object: string | undefined, field: string): string => JSON.stringify([object, field])

const nameFields = ({ fields }: Described): FieldsByName => {
  const named = new Map<string, DescribedField>()
  for (const field of fields.values()) {
    const name = nameOf(field.object.model.nameSingular, field.metadata.name)
    // The first one wins.
    if (!named.has(name)) named.set(name, field)
  }
  return named
}

export const fieldNamed = (before: Described, object: string, name: string): DescribedField | undefined => {
  const named = namedFields.get(before.fields) ?? nameFields(before)
  namedFields.set(before.fields, named)
  return named.get(nameOf(object, name))
}

const columnsOf = (part: ModelField): readonly string[] =>
  part.kind === 'toOne' || part.kind === 'toMany'
    ? part.columns
    : columnsOfField(part).map((column) => column.name)

/** The dropped parts of a field: all, or, for a morph relation that stays, those of removed targets. */
const goingParts = (
  before: Described,
  field: DescribedField,
  change: ModelChange,
  want: ModelDocument,
): readonly ModelField[] => {
  if (change.kind !== 'UPDATE_FIELD') return field.fields
  const wanted = want.objects
    .find(({ nameSingular }) => nameSingular === change.object)
    ?.fields.find(({ name }) => name === change.field)
  if (wanted?.type !== 'MORPH_RELATION') return []
  const targets = new Set(linksOf(wanted).map(({ target }) => target))
  return field.fields.filter(
    (part) =>
      part.kind === 'toOne' && !targets.has(before.model.byTable.get(part.target)?.nameSingular ?? ''),
  )
}

const refusedObject = ({ isSystem, isCustom, nameSingular }: Described['metadata']['objects'][number]) =>
  isCustom
    ? []
    : [
        faultOf(
          {
            metadataName: 'objectMetadata',
            operation: 'delete',
            code: 'INVALID_OBJECT_INPUT',
            name: nameSingular,
          },
          `${isSystem ? 'System' : 'Standard'} objects cannot be deleted: "${nameSingular}"`,
        ),
      ]

interface Going {
  readonly field: DescribedField
  readonly parts: readonly ModelField[]
}

/** The parts of the standard model cannot be dropped. */
const isStandard = (before: Described, { field, parts }: Going): boolean =>
  !field.metadata.isCustom &&
  parts.some((part) => {
    const target = part.kind === 'toOne' ? part.target : undefined
    const object = [...before.objects.values()].find(({ relation }) => relation.name === target)
    return object === undefined || object.standard !== undefined
  })

const refusedField = (before: Described, going: Going): readonly MetadataFault[] => {
  const { metadata, object } = going.field
  return !isStandard(before, going)
    ? []
    : [
        faultOf(
          {
            metadataName: 'fieldMetadata',
            operation: 'delete',
            code: 'FIELD_MUTATION_NOT_ALLOWED',
            name: metadata.name,
            objectName: object.model.nameSingular,
          },
          `Cannot delete standard field "${object.model.nameSingular}.${metadata.name}"`,
        ),
      ]
}

/** Dropped columns by table; without those of dropped tables. */
const goingColumns = (
  before: Described,
  fields: readonly (readonly [DescribedObject, readonly ModelField[]])[],
  tables: ReadonlySet<string>,
): ReadonlyMap<string, ReadonlySet<string>> => {
  const columns = new Map<string, Set<string>>()
  const add = (table: string, names: readonly string[]): void => {
    if (tables.has(table)) return
    const known = columns.get(table) ?? new Set()
    for (const name of names) known.add(name)
    columns.set(table, known)
  }
  for (const [object, parts] of fields) for (const part of parts) add(object.relation.name, columnsOf(part))
  for (const { table, fields: all } of before.model.objects)
    for (const part of all.values())
      if (part.kind === 'toOne' && tables.has(part.target)) add(table, part.columns)
  return columns
}

const vectorlessObjects = (before: Described, columns: ReadonlyMap<string, ReadonlySet<string>>) =>
  [...before.objects.values()].filter(({ relation, model, standard }) => {
    const gone = columns.get(relation.name)
    return (
      gone !== undefined &&
      model.emptyStringForNull &&
      standard === undefined &&
      isVectorOf(before, relation, [...gone])
    )
  })

const indexSteps = (before: Described, changes: readonly ModelChange[]): readonly Step[] =>
  changes.flatMap((change): readonly Step[] => {
    if (change.kind !== 'DELETE_INDEX') return []
    const object = before.metadata.objects.find(({ nameSingular }) => nameSingular === change.object)
    const found = object?.indexes.find(
      (index) => index.isCustom && indexKey(indexDocumentOf(before, index)) === change.index,
    )
    return object === undefined || found === undefined ? [] : [dropIndex(object.table, found.name)]
  })

const dropTables = (tables: ReadonlySet<string>): readonly Step[] =>
  tables.size === 0
    ? []
    : [
        {
          // One statement, because the tables may refer to each other.
          sql: `drop table ${[...tables].map(inWorkspace).join(', ')}`,
          locks: [...tables].map((table) => ({ table, mode: 'ACCESS EXCLUSIVE', why: 'drops the table' })),
          rows: [...tables].map((table) => ({ table, effect: 'delete' })),
        },
      ]

export const planDrops = (before: Described, changes: readonly ModelChange[], want: ModelDocument): Drops => {
  const objects = changes.flatMap((change) =>
    change.kind === 'DELETE_OBJECT'
      ? before.metadata.objects.filter(({ nameSingular }) => nameSingular === change.object)
      : [],
  )
  const tables = new Set(objects.map(({ table }) => table))
  const going = changes.flatMap((change) => {
    const field = change.field === null ? undefined : fieldNamed(before, change.object, change.field)
    if (field === undefined || !['DELETE_FIELD', 'REPLACE_FIELD', 'UPDATE_FIELD'].includes(change.kind))
      return []
    return [{ field, parts: goingParts(before, field, change, want) }]
  })
  refuseFaults(
    [...objects.flatMap(refusedObject), ...going.flatMap((each) => refusedField(before, each))],
    'FORBIDDEN',
  )
  const columns = goingColumns(
    before,
    going.map(({ field, parts }) => [field.object, parts] as const),
    tables,
  )
  const dropped = [...columns].map(([table, names]) => ({
    table,
    names: [...names],
    ...dropFieldColumns(before, table, [...names]),
  }))
  const vectorless = vectorlessObjects(before, columns)
  const droppedObjects = [...before.objects.values()].filter(({ relation }) => tables.has(relation.name))
  const types = [...new Set(droppedObjects.flatMap((object) => ownEnums(before, object)))]
  const allColumns = new Map(columns)
  for (const { relation } of vectorless)
    allColumns.set(relation.name, new Set([...(columns.get(relation.name) ?? []), SEARCH_VECTOR]))
  const droppedTypes = dropped.flatMap(({ table, names }) => {
    const object = [...before.objects.values()].find(({ relation }) => relation.name === table)
    return object === undefined ? [] : ownEnums(before, object, names)
  })
  return {
    steps: [
      ...indexSteps(before, changes),
      ...vectorless.map(({ relation }) => dropSearchVector(relation.name)),
      ...dropped.flatMap(({ steps }) => steps),
      ...dropTables(tables),
      ...types.map(dropType),
    ],
    forgotten: [...droppedObjects.map(({ id }) => id), ...dropped.flatMap(({ forgotten }) => forgotten)],
    gone: { tables, columns: allColumns, types: [...types, ...droppedTypes] },
    vectorless: new Set(vectorless.map(({ id }) => id)),
  }
}
