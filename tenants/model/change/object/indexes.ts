// Operations on indexes: create and delete. Indexes are built while readers and writers go on; an index that
// is being built, or whose build failed, shows as invalid.

import type { Pool } from 'pg'
import { inWorkspace } from '../../../../sql/placeholder.ts'
import type { IndexPlan } from '../../ddl/plan.ts'
import type { Described, DescribedField } from '../../describe/catalogRef.ts'
import { derivedIdentifier } from '../../identifier.ts'
import { isScalar, SCALARS } from '../../scalarType.ts'
import { faultOf, notFound, type Subject } from '../check/check.ts'
import type { ChangeOptions, CreateIndexInput } from '../check/input.ts'
import { MetadataRefusal } from '../check/metadataRefusal.ts'
import { alterModel, type Changed } from '../run/alter.ts'
import { buildIndexConcurrently, type SchemaChange } from '../run/schemaChange.ts'

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

/** The requested index, if it can be created. */
export const planIndex = (
  before: Described,
  input: CreateIndexInput,
): { readonly table: string; readonly index: IndexPlan } => {
  const object = before.objects.get(input.objectMetadataId)
  const metadata = before.metadata.objects.find(({ id }) => id === input.objectMetadataId)
  if (object === undefined || metadata === undefined)
    throw notFound('objectMetadata', 'create', input.objectMetadataId)
  if (input.fields.length === 0) throw refuse('An index needs at least one field')
  if (metadata.indexes.filter((index) => index.isCustom).length >= MAX_CUSTOM_INDEXES)
    throw refuse(`An object can have at most ${MAX_CUSTOM_INDEXES} custom indexes`)
  const columns = input.fields.map(({ fieldMetadataId, subFieldName }) => {
    const field = before.fields.get(fieldMetadataId)
    if (field?.object !== object) throw notFound('fieldMetadata', 'create', fieldMetadataId)
    if (input.indexType === 'GIN' && !takesGin(field.metadata.type))
      throw refuse(
        `GIN indexes are not possible on fields of type ${field.metadata.type}`,
        field.metadata.name,
      )
    return columnOf(field, subFieldName)
  })
  if (new Set(columns).size < columns.length)
    throw refuse('An index cannot contain the same column twice', columns)
  const method = input.indexType === 'GIN' ? 'gin' : 'btree'
  const names = new Map(object.relation.columns.map((column) => [column.number, column.name]))
  const twin = before.sources.details.indexes.find(
    (index) =>
      index.relation === object.relation.oid &&
      index.method === method &&
      index.columns.map((number) => names.get(number)).join() === columns.join(),
  )
  if (twin !== undefined) throw refuse(`These fields are indexed already, by "${twin.name}"`, twin.name)
  const table = object.relation.name
  const name = before.names.relation(derivedIdentifier([table, ...columns], 'idx'))
  return { table, index: { name, columns, method, unique: false } }
}

const planCreate =
  (input: CreateIndexInput) =>
  (before: Described): SchemaChange => {
    const { table, index } = planIndex(before, input)
    return { id: index.name, steps: [], afterwards: [buildIndexConcurrently(table, index)] }
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
    const { table } = found.object
    return {
      id,
      steps: [],
      afterwards: [
        {
          sql: `drop index concurrently if exists ${inWorkspace(found.index.name)}`,
          locks: [{ table, mode: 'SHARE UPDATE EXCLUSIVE', why: `drops the index ${found.index.name}` }],
        },
      ],
    }
  }

export const createIndex = (
  pool: Pool,
  workspaceId: string,
  input: CreateIndexInput,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planCreate(input))

export const deleteIndex = (
  pool: Pool,
  workspaceId: string,
  id: string,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planDelete(id))
