// The questions to /metadata that fetch the data model. A list of objects is light, so that two hundred of
// them are one answer; fields and indexes come with the object that is opened.

import { useQuery } from '@tanstack/react-query'
import { useApi } from '../session/provider.tsx'
import type { ModelObject, ObjectSummary } from './object.ts'

const SUMMARY = `id nameSingular namePlural labelSingular labelPlural description icon isCustom isSystem isActive
  labelIdentifierFieldMetadataId`
const RELATION = `type targetObjectMetadata { id nameSingular namePlural labelPlural } targetFieldMetadata { id name type settings }`
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
