// The objects of the workspace with their fields, as far as permissions speak of them.

import { useQuery } from '@tanstack/react-query'
import type { Api } from '../api/api.ts'
import { useApi } from '../session/provider.tsx'

export interface Field {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly type: string
  readonly isSystem: boolean | null
  readonly options: readonly { readonly value: string; readonly label: string }[] | null
  readonly relation: {
    readonly type: string
    readonly targetObjectMetadata: { readonly nameSingular: string; readonly labelSingular: string }
  } | null
}

export interface ModelObject {
  readonly id: string
  readonly nameSingular: string
  readonly labelPlural: string
  readonly labelSingular: string
  readonly isSystem: boolean
  readonly fieldsList: readonly Field[]
}

const MAX_OBJECTS = 1000

const QUERY = `query ($first: Int!) { objects(paging: { first: $first }, filter: { isActive: { is: true } }) { edges { node {
  id nameSingular labelPlural labelSingular isSystem } } } }`

const FIELDS = `query ($id: UUID!) { object(id: $id) { id nameSingular labelPlural labelSingular isSystem
  fieldsList { id name label type isSystem options
    relation { type targetObjectMetadata { nameSingular labelSingular } } } } }`

export type ObjectSummary = Omit<ModelObject, 'fieldsList'>

const readObjects = async (api: Api): Promise<readonly ObjectSummary[]> => {
  const { objects } = await api.metadata<{
    readonly objects: { readonly edges: readonly { readonly node: ObjectSummary }[] }
  }>(QUERY, { first: MAX_OBJECTS })
  return objects.edges
    .map(({ node }) => node)
    .toSorted(
      (one, other) =>
        Number(one.isSystem) - Number(other.isSystem) || one.labelPlural.localeCompare(other.labelPlural),
    )
}

/** Those that people work with first, then what the gateway keeps beside them; each by label. */
export const useObjects = () => {
  const api = useApi()
  return useQuery({ queryKey: ['objects'], queryFn: () => readObjects(api) })
}

/** @param id none while it is not known. */
export const useObject = (id: string | undefined) => {
  const api = useApi()
  return useQuery({
    enabled: id !== undefined,
    queryKey: ['objects', id],
    queryFn: async () => (await api.metadata<{ readonly object: ModelObject }>(FIELDS, { id })).object,
  })
}
