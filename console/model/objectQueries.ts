// Queries of the data model. The list of objects is light, so that two hundred fit into one answer; fields
// and indexes are loaded with the object that is opened.

import { useQuery } from '@tanstack/react-query'
import { useApi } from '../session/provider.tsx'
import { type ModelObject, optionsIn } from './object.ts'
import { ModelObject as ModelObjectDocument, Objects, RecordCounts } from './objects.graphql.ts'

/** Prefix of all queries that a change of the model makes stale. */
export const MODEL_KEY = 'model'
export const COUNTS_KEY = ['recordCounts'] as const

export const useObjects = () => {
  const api = useApi()
  return useQuery({
    queryKey: [MODEL_KEY, 'objects'],
    queryFn: async () => (await api.metadata(Objects)).objects.edges.map(({ node }) => node),
    select: (objects) => objects.toSorted((a, b) => a.labelPlural.localeCompare(b.labelPlural)),
  })
}

/** Active records by plural name, without objects that the caller cannot read. */
export const useRecordCounts = () => {
  const api = useApi()
  return useQuery({
    queryKey: COUNTS_KEY,
    queryFn: async () => {
      const { objectRecordCounts } = await api.metadata(RecordCounts)
      return new Map(
        objectRecordCounts.map(({ objectNamePlural, totalCount }) => [objectNamePlural, totalCount]),
      )
    },
  })
}

/** While something is built, its progress is read. */
const POLL_MS = 2_000
const isBuilding = ({ buildState }: { readonly buildState: string | null }): boolean =>
  buildState === 'pending' || buildState === 'running'

/** @param id undefined while it is unknown. */
export const useModelObject = (id = '') => {
  const api = useApi()
  return useQuery({
    queryKey: [MODEL_KEY, 'object', id],
    enabled: id !== '',
    queryFn: async (): Promise<ModelObject> => {
      const { object } = await api.metadata(ModelObjectDocument, { id })
      return {
        ...object,
        fieldsList: object.fieldsList.map((field) => ({ ...field, options: optionsIn(field.options) })),
      }
    },
    refetchInterval: ({ state: { data } }) =>
      [...(data?.fieldsList ?? []), ...(data?.indexMetadataList ?? [])].some(isBuilding) ? POLL_MS : false,
  })
}
