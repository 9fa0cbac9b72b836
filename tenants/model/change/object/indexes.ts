// Operations on indexes: create and delete. On a large table an index is built while readers and writers go
// on; until it is ready, it shows as invalid.

import type { Pool } from 'pg'
import type { CatalogIndex } from '../../../../sql/catalog/catalogDetails.ts'
import { quoteIdentifier } from '../../../../sql/placeholder.ts'
import { cancelBuilds } from '../../ddl/buildControl.ts'
import type { IndexPlan } from '../../ddl/plan.ts'
import { areOfBeginnings, isOfBeginnings } from '../../ddl/textIndexes.ts'
import type { Described, DescribedField, DescribedObject } from '../../describe/catalogRef.ts'
import { derivedIdentifier } from '../../identifier.ts'
import type { Column } from '../../model.ts'
import { isScalar, SCALARS } from '../../scalarType.ts'
import { faultOf, notFound, type Subject } from '../check/check.ts'
import type { ChangeOptions, CreateIndexInput } from '../check/input.ts'
import { MetadataRefusal } from '../check/metadataRefusal.ts'
import { alterModel, type Changed } from '../run/alter.ts'
import { buildIndex, dropIndex, type SchemaChange } from '../run/schemaChange.ts'
import { installTrigrams, isText, readTextSupport, type TextSupport, textKey } from './textIndex.ts'

const MAX_CUSTOM_INDEXES = 10

const takesGin = (type: string): boolean => isScalar(type) && SCALARS[type].index === 'GIN'

const SUBJECT: Subject = { metadataName: 'index', operation: 'create', code: 'INVALID_INDEX_INPUT' }

const refuse = (message: string, value?: unknown): MetadataRefusal =>
  new MetadataRefusal([faultOf(SUBJECT, message, value)])

const columnOf = (field: DescribedField, subFieldName: string | null | undefined): string => {
  const { name } = field.metadata
  const [part] = field.fields
  if (field.face === 'inverse' || part === undefined || part.kind === 'toMany')
    throw refuse(`Field "${name}" is a one-to-many relation and cannot be indexed`, name)
  if (part.kind !== 'composite' && subFieldName != null)
    throw refuse(`Field "${name}" has no sub-fields: leave subFieldName out`, subFieldName)
  if (part.kind === 'scalar') return part.column.name
  if (part.kind === 'composite') {
    const found = part.parts.find((each) => each.part.name === subFieldName)
    if (found === undefined)
      throw refuse(`Field "${name}" is composite: subFieldName must be one of its sub-fields`, subFieldName)
    return found.column.name
  }
  const [column] = part.columns
  if (field.fields.length > 1 || column === undefined)
    throw refuse(`Field "${name}" is a morph relation, whose columns are indexed already`, name)
  return column
}

interface Indexed {
  readonly column: Column
  readonly field: DescribedField
}

/** Keys of a GIN index, with the method that can have them. */
const ginKeys = (indexed: readonly Indexed[], support: TextSupport): Pick<IndexPlan, 'method' | 'keys'> => {
  const texts = indexed.filter(({ column }) => isText(column))
  const other = indexed.find(({ column, field }) => !isText(column) && !takesGin(field.metadata.type))?.field
    .metadata
  if (other !== undefined)
    throw refuse(`GIN indexes are not possible on fields of type ${other.type}`, other.name)
  if (texts.length === 0) return { method: 'gin' }
  if (support === 'none')
    throw refuse('A GIN index on text needs the extension pg_trgm: create it in this database')
  if (support === 'beginnings' && texts.length < indexed.length)
    throw refuse('Without the extension pg_trgm, text and lists cannot share an index')
  const keys = indexed.map(({ column }) =>
    isText(column) ? textKey(column, support) : quoteIdentifier(column.name),
  )
  return { method: support === 'beginnings' ? 'btree' : 'gin', keys }
}

/** Nulls come first, as in the default order of the API. */
const treeKeys = (indexed: readonly Indexed[]): Pick<IndexPlan, 'method' | 'keys'> => ({
  method: 'btree',
  ...(indexed.every(({ column }) => column.notNull)
    ? {}
    : {
        keys: indexed.map(
          ({ column }) => `${quoteIdentifier(column.name)}${column.notNull ? '' : ' nulls first'}`,
        ),
      }),
})

/**
 * The requested index, if it can be created.
 * @param support for a GIN index on text
 */
export const planIndex = (
  before: Described,
  input: CreateIndexInput,
  support: TextSupport,
): { readonly table: string; readonly index: IndexPlan } => {
  const object = before.objects.get(input.objectMetadataId)
  const metadata = before.metadata.objects.find(({ id }) => id === input.objectMetadataId)
  if (object === undefined || metadata === undefined)
    throw notFound('objectMetadata', 'create', input.objectMetadataId)
  if (input.fields.length === 0) throw refuse('An index needs at least one field')
  if (metadata.indexes.filter((index) => index.isCustom).length >= MAX_CUSTOM_INDEXES)
    throw refuse(`An object can have at most ${MAX_CUSTOM_INDEXES} custom indexes`)
  const indexed = input.fields.map(({ fieldMetadataId, subFieldName }): Indexed => {
    const field = before.fields.get(fieldMetadataId)
    if (field?.object !== object) throw notFound('fieldMetadata', 'create', fieldMetadataId)
    const column = object.model.columns.get(columnOf(field, subFieldName))
    if (column === undefined) throw notFound('fieldMetadata', 'create', fieldMetadataId)
    return { column, field }
  })
  const columns = indexed.map(({ column }) => column.name)
  if (new Set(columns).size < columns.length)
    throw refuse('An index cannot contain the same column twice', columns)
  const keyed = input.indexType === 'GIN' ? ginKeys(indexed, support) : treeKeys(indexed)
  const twin = twinOf(before, object, columns, keyed)
  if (twin !== undefined) throw refuse(`These fields are indexed already, by "${twin.name}"`, twin.name)
  const table = object.relation.name
  const name = before.names.relation(derivedIdentifier([table, ...columns], 'idx'))
  return { table, index: { name, columns, ...keyed, unique: false } }
}

/** An index of the beginnings does not replace another B-tree, which sorts. */
const twinOf = (
  before: Described,
  { relation }: DescribedObject,
  columns: readonly string[],
  { method, keys }: Pick<IndexPlan, 'method' | 'keys'>,
): CatalogIndex | undefined => {
  const names = new Map(relation.columns.map((column) => [column.number, column.name]))
  return before.sources.details.indexes.find(
    (index) =>
      index.relation === relation.oid &&
      index.method === method &&
      (method === 'gin' || isOfBeginnings(index.classes) === areOfBeginnings(keys)) &&
      index.columns.map((number) => names.get(number)).join() === columns.join(),
  )
}

const planCreate =
  (input: CreateIndexInput, support: TextSupport) =>
  (before: Described): SchemaChange => {
    const { table, index } = planIndex(before, input, support)
    const first = index.keys !== undefined && index.method === 'gin' ? installTrigrams(support) : []
    const { steps, afterwards } = buildIndex(before, table, index, 'index')
    return { id: index.name, steps: [...first, ...steps], afterwards }
  }

const planDelete =
  (id: string) =>
  (before: Described): SchemaChange => {
    const found = before.metadata.objects
      .flatMap((object) => object.indexes.map((index) => ({ object, index })))
      .find(({ index }) => index.id === id)
    if (found === undefined) throw notFound('index', 'delete', id)
    if (!found.index.isCustom)
      throw new MetadataRefusal(
        [faultOf({ ...SUBJECT, operation: 'delete' }, 'System indexes cannot be deleted', found.index.name)],
        'FORBIDDEN',
      )
    const { name } = found.index
    const { details, builds } = before.sources
    const isPlanned = details.indexes.some((each) => each.name === name && each.plannedBy !== undefined)
    const building = builds.filter(({ state, indexName }) => state !== 'ready' && indexName === name)
    return {
      id,
      steps: [
        ...cancelBuilds(building, `The index "${name}"`),
        ...(isPlanned ? [] : [dropIndex(found.object.table, name)]),
      ],
    }
  }

export const createCustomIndex = async (
  pool: Pool,
  workspaceId: string,
  input: CreateIndexInput,
  options: ChangeOptions = {},
): Promise<Changed> => {
  const support = input.indexType === 'GIN' ? await readTextSupport(pool) : 'none'
  return alterModel(pool, workspaceId, options, planCreate(input, support))
}

export const deleteIndex = (
  pool: Pool,
  workspaceId: string,
  id: string,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planDelete(id))
