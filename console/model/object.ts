// Objects of the data model as the console shows them, and the questions to /metadata that fetch them. A list of objects is light,
// so that two hundred of them are one answer; fields and indexes come with the object that is opened.

import { useQuery } from '@tanstack/react-query'
import { useApi } from '../session/provider.tsx'
import type { FieldType } from './fieldType.ts'

export interface ObjectSummary {
  readonly id: string
  readonly nameSingular: string
  readonly namePlural: string
  readonly labelSingular: string
  readonly labelPlural: string
  readonly description: string | null
  readonly isCustom: boolean
  readonly isSystem: boolean
  readonly isActive: boolean
  readonly labelIdentifierFieldMetadataId: string | null
  /** Fields that the gateway keeps itself; a table that was made by SQL has none. */
  readonly fieldsList: readonly { readonly isSystem: boolean | null }[]
}

export interface Option {
  readonly id?: string
  readonly value: string
  readonly label: string
  readonly color: string
  readonly position: number
}

interface RelationEnd {
  readonly type: 'MANY_TO_ONE' | 'ONE_TO_MANY'
  readonly targetObjectMetadata: {
    readonly id: string
    readonly nameSingular: string
    readonly namePlural: string
  }
  readonly targetFieldMetadata: Pick<Field, 'id' | 'name' | 'type' | 'settings'>
}

export interface Field {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly description: string | null
  readonly type: FieldType
  readonly isCustom: boolean | null
  readonly isActive: boolean | null
  readonly isSystem: boolean | null
  readonly isNullable: boolean | null
  readonly isUnique: boolean | null
  readonly defaultValue: unknown
  readonly options: readonly Option[] | null
  readonly settings: Readonly<Record<string, unknown>> | null
  readonly relation: RelationEnd | null
  readonly morphRelations: readonly RelationEnd[] | null
}

export interface Index {
  readonly id: string
  readonly name: string
  readonly isCustom: boolean | null
  readonly isUnique: boolean
  readonly isValid: boolean
  readonly indexType: 'BTREE' | 'GIN'
  readonly indexWhereClause: string | null
  readonly indexFieldMetadataList: readonly {
    readonly fieldMetadataId: string
    readonly order: number
    readonly subFieldName: string | null
  }[]
}

export interface ModelObject extends Omit<ObjectSummary, 'fieldsList'> {
  readonly fieldsList: readonly Field[]
  readonly indexMetadataList: readonly Index[]
}

const SUMMARY = `id nameSingular namePlural labelSingular labelPlural description isCustom isSystem isActive
  labelIdentifierFieldMetadataId`
const RELATION = `type targetObjectMetadata { id nameSingular namePlural } targetFieldMetadata { id name type settings }`
/** The most that the API hands out at once. */
const ALL = '(paging: { first: 1000 })'

const OBJECTS = `query Objects { objects${ALL} { edges { node { ${SUMMARY} fieldsList { isSystem } } } } }`
const COUNTS = 'query Counts { objectRecordCounts { objectNamePlural totalCount } }'
const OBJECT = `query Object($id: UUID!) { object(id: $id) { ${SUMMARY}
  fieldsList { id name label description type isCustom isActive isSystem isNullable isUnique defaultValue options settings
    relation { ${RELATION} } morphRelations { ${RELATION} } }
  indexMetadataList { id name isCustom isUnique isValid indexType indexWhereClause
    indexFieldMetadataList { fieldMetadataId order subFieldName } } } }`

/** Everything that a change of the model makes stale begins with this key. */
export const MODEL_KEY = 'model'
const COUNTS_KEY = 'recordCounts'

export type Origin = 'standard' | 'custom' | 'sql'

export const originOf = (object: ObjectSummary): Origin => {
  if (!object.isCustom) return 'standard'
  return object.fieldsList.some((field) => field.isSystem === true) ? 'custom' : 'sql'
}

interface ObjectsAnswer {
  readonly objects: { readonly edges: readonly { readonly node: ObjectSummary }[] }
}

export const useObjects = () => {
  const api = useApi()
  return useQuery({
    queryKey: [MODEL_KEY, 'objects'],
    queryFn: async () => (await api.metadata<ObjectsAnswer>(OBJECTS)).objects.edges.map(({ node }) => node),
    select: (objects) => objects.toSorted((a, b) => a.labelPlural.localeCompare(b.labelPlural)),
  })
}

interface CountsAnswer {
  readonly objectRecordCounts: readonly { readonly objectNamePlural: string; readonly totalCount: number }[]
}

/** Live records by plural name; of objects that the caller may not read there is no number. */
export const useRecordCounts = () => {
  const api = useApi()
  return useQuery({
    queryKey: [COUNTS_KEY],
    queryFn: async () =>
      new Map(
        (await api.metadata<CountsAnswer>(COUNTS)).objectRecordCounts.map((each) => [
          each.objectNamePlural,
          each.totalCount,
        ]),
      ),
  })
}

export const useModelObject = (id: string | undefined) => {
  const api = useApi()
  return useQuery({
    queryKey: [MODEL_KEY, 'object', id],
    enabled: id !== undefined,
    queryFn: async () => (await api.metadata<{ readonly object: ModelObject }>(OBJECT, { id })).object,
  })
}
