// Describes both sides of relations. The foreign keys of one morph group become one field with one relation
// per target.

import { derivedUuid } from '../../uuid.ts'
import type { FieldDefinition } from '../definition.ts'
import { labelOfName } from '../label.ts'
import type { FieldMetadata, RelationMetadata } from '../metadata.ts'
import type { ToManyField, ToOneField } from '../model.ts'
import { toCamelCase, toTypeName } from '../name.ts'
import { derivedFieldId, derivedMorphId, type FieldRow, fieldRowOf } from '../read/registry.ts'
import type { ModelSources } from '../read/sources.ts'
import type { DeriveSteps } from '../read/steps.ts'
import type { DescribedField, DescribedObject } from './catalogRef.ts'
import { definitionOf } from './describeField.ts'

const ON_DELETE: Readonly<Record<string, string>> = {
  a: 'NO_ACTION',
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET_NULL',
  d: 'SET_DEFAULT',
}

interface Morph {
  readonly id: string
  readonly name: string
}

/** One foreign key with both of its fields. */
interface Link {
  readonly source: DescribedObject
  readonly target: DescribedObject
  readonly toOne: ToOneField
  readonly toMany: ToManyField
  readonly ownRow: FieldRow | undefined
  readonly inverseRow: FieldRow | undefined
  readonly morph: Morph | null
  readonly ownId: string
  readonly inverseId: string
  readonly definition: FieldDefinition | undefined
  readonly isActive: boolean
}

const standardMorphOf = (source: DescribedObject, toOne: ToOneField): FieldDefinition | undefined =>
  source.standard?.fields.find(
    (field) =>
      'relation' in field &&
      field.type === 'MORPH_RELATION' &&
      field.relation.targets.some((target) => field.name + toTypeName(target) === toOne.name),
  )

/**
 * Of several foreign keys on one column, the field that stands for the column; the others are named by their
 * constraints.
 */
const firstOn = (source: DescribedObject, column: string): string | undefined =>
  [...source.model.fields.values()].find(
    (field) => field.kind === 'toOne' && field.columns.length === 1 && field.columns[0] === column,
  )?.name

const linkOf = (source: DescribedObject, target: DescribedObject, toOne: ToOneField): Link | undefined => {
  const toMany = target.model.fields.get(toOne.inverse)
  const [first] = source.relation.columns.filter(({ name }) => name === toOne.columns[0])
  if (toMany?.kind !== 'toMany' || first === undefined) return undefined
  const isPlain =
    toOne.columns.length === 1 &&
    !source.model.key.includes(first.name) &&
    firstOn(source, first.name) === toOne.name
  const ownRow = isPlain ? fieldRowOf(source.row, source.relation, first, 'own') : undefined
  const inverseRow = isPlain ? fieldRowOf(source.row, source.relation, first, 'inverse') : undefined
  const standardMorph = standardMorphOf(source, toOne)
  const morph =
    ownRow?.annotation.morph ??
    (standardMorph && { id: derivedMorphId(source.id, standardMorph.name), name: standardMorph.name })
  const byConstraint = (face: string) => derivedUuid(`${source.id}:${toOne.constraint}:${face}`)
  return {
    source,
    target,
    toOne,
    toMany,
    ownRow,
    inverseRow,
    morph: morph ?? null,
    ownId:
      morph?.id ??
      (isPlain ? (ownRow?.id ?? derivedFieldId(source.id, first.number, 'own')) : byConstraint('own')),
    inverseId: isPlain
      ? (inverseRow?.id ?? derivedFieldId(source.id, first.number, 'inverse'))
      : byConstraint('inverse'),
    definition: standardMorph ?? definitionOf(source, toOne.name),
    isActive: ownRow?.annotation.isActive !== false,
  }
}

const relationOf = (link: Link): RelationMetadata => ({
  type: 'MANY_TO_ONE',
  sourceObjectId: link.source.id,
  sourceFieldId: link.ownId,
  targetObjectId: link.target.id,
  targetFieldId: link.inverseId,
})

const inverseOf = ({ sourceObjectId, sourceFieldId, targetObjectId, targetFieldId }: RelationMetadata) =>
  ({
    type: 'ONE_TO_MANY',
    sourceObjectId: targetObjectId,
    sourceFieldId: targetFieldId,
    targetObjectId: sourceObjectId,
    targetFieldId: sourceFieldId,
  }) satisfies RelationMetadata

const datesOf = (sources: ModelSources, row: FieldRow | undefined) => ({
  createdAt: row === undefined ? sources.createdAt : new Date(row.createdAt),
  updatedAt: row === undefined ? sources.createdAt : new Date(row.updatedAt),
})

const COMMON = {
  columnType: null,
  isUnique: false,
  defaultValue: null,
  shownDefault: null,
  options: null,
  build: null,
} as const

/** Named only if it is not the key, which clients assume. */
const referencedColumn = ({ target, toOne }: Link): Readonly<Record<string, string>> => {
  const [column, ...more] = toOne.targetColumns
  const isKey = target.model.key.length === 1 && target.model.key[0] === column
  return column === undefined || more.length > 0 || isKey ? {} : { referencedColumnName: toCamelCase(column) }
}

/** @param group the links of one field: one, or those of a morph group. */
const describeOwn = (sources: ModelSources, group: readonly [Link, ...Link[]]): FieldMetadata => {
  const [link] = group
  const { source, toOne, morph } = link
  // Properties of a morph field come from the relations it was created with, not from those added later.
  const { definition } = group.find((each) => each.definition !== undefined) ?? link
  const { ownRow } = group.find((each) => each.ownRow?.annotation.label !== undefined) ?? link
  const annotation = ownRow?.annotation ?? {}
  const foreignKey = sources.catalog.foreignKeys.find(
    (key) => key.name === toOne.constraint && key.relation === source.relation.oid,
  )
  const name = morph?.name ?? toOne.name
  const [joinColumn] = toOne.columns
  const settings = {
    ...annotation.settings,
    relationType: 'MANY_TO_ONE',
    onDelete: ON_DELETE[foreignKey?.onDelete ?? 'a'],
    ...(morph === null && joinColumn !== undefined ? { joinColumnName: toCamelCase(joinColumn) } : {}),
    ...referencedColumn(link),
  }
  return {
    ...COMMON,
    id: link.ownId,
    objectMetadataId: source.id,
    name,
    type: morph === null ? 'RELATION' : 'MORPH_RELATION',
    label: annotation.label ?? definition?.label ?? labelOfName(name),
    description:
      annotation.description === undefined ? (definition?.description ?? null) : annotation.description,
    icon: annotation.icon === undefined ? (definition?.icon ?? null) : annotation.icon,
    isCustom: definition === undefined,
    isActive: group.some((each) => each.isActive),
    isSystem: annotation.isSystem ?? definition?.isSystem === true,
    isNullable: !group.some((each) =>
      each.toOne.columns.some((column) => source.model.columns.get(column)?.notNull),
    ),
    isLabelSyncedWithName: annotation.isLabelSyncedWithName ?? false,
    settings,
    relation: morph === null ? relationOf(link) : null,
    morphRelations: morph === null ? null : group.map(relationOf),
    morphId: morph?.id ?? null,
    ...datesOf(sources, ownRow),
  }
}

const describeInverse = (sources: ModelSources, link: Link): FieldMetadata => {
  const annotation = link.inverseRow?.annotation ?? {}
  const definition =
    link.definition !== undefined && 'relation' in link.definition
      ? link.definition.relation.inverse
      : undefined
  return {
    ...COMMON,
    id: link.inverseId,
    objectMetadataId: link.target.id,
    name: link.toMany.name,
    type: 'RELATION',
    label: annotation.label ?? definition?.label ?? labelOfName(link.toMany.name),
    description: annotation.description ?? null,
    icon: annotation.icon === undefined ? (definition?.icon ?? null) : annotation.icon,
    isCustom: definition === undefined,
    isActive: annotation.isActive !== false && link.isActive,
    isSystem: annotation.isSystem ?? false,
    isNullable: true,
    isLabelSyncedWithName: annotation.isLabelSyncedWithName ?? false,
    settings: { ...annotation.settings, relationType: 'ONE_TO_MANY' },
    relation: inverseOf(relationOf(link)),
    morphRelations: null,
    morphId: null,
    ...datesOf(sources, link.inverseRow),
  }
}

function* linksOf(objects: readonly DescribedObject[]): DeriveSteps<readonly Link[]> {
  const byTable = new Map(objects.map((object) => [object.relation.name, object]))
  const links: Link[] = []
  for (const source of objects) {
    for (const field of source.model.fields.values()) {
      const target = field.kind === 'toOne' ? byTable.get(field.target) : undefined
      const link = target && field.kind === 'toOne' ? linkOf(source, target, field) : undefined
      if (link !== undefined) links.push(link)
    }
    yield 1
  }
  return links
}

/** To describe both sides of a link takes as long as several columns. */
const COLUMNS_PER_LINK = 3

/** Relation fields by the id of their object, to-one before to-many. */
export function* describeRelations(
  sources: ModelSources,
  objects: readonly DescribedObject[],
): DeriveSteps<ReadonlyMap<string, readonly DescribedField[]>> {
  const links = yield* linksOf(objects)
  const groups = new Map<string, [Link, ...Link[]]>()
  for (const link of links) {
    const group = groups.get(link.ownId)
    if (group === undefined) groups.set(link.ownId, [link])
    else group.push(link)
  }
  const fields = new Map<string, DescribedField[]>()
  const add = (object: DescribedObject, field: DescribedField): void => {
    const known = fields.get(object.id)
    if (known === undefined) fields.set(object.id, [field])
    else known.push(field)
  }
  for (const group of groups.values()) {
    add(group[0].source, {
      object: group[0].source,
      fields: group.map(({ toOne }) => toOne),
      face: 'own',
      metadata: describeOwn(sources, group),
    })
    yield COLUMNS_PER_LINK
  }
  for (const link of links) {
    add(link.target, {
      object: link.target,
      fields: [link.toMany],
      face: 'inverse',
      metadata: describeInverse(sources, link),
    })
    yield COLUMNS_PER_LINK
  }
  return fields
}
