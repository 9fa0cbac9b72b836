// The objects of the workspace with their fields, as far as permissions need them.

import { useQuery } from '@tanstack/react-query'
import type { Api } from '../api/api.ts'
import { MODEL_KEY } from '../model/objectQueries.ts'
import { useApi } from '../session/provider.tsx'
import {
  ActiveObjects,
  ObjectWithFields,
  type ObjectWithFieldsQuery,
  type RoleFieldFragment,
  type RoleObjectFragment,
} from './objects.graphql.ts'

export type RoleField = RoleFieldFragment
export type RoleObjectSummary = RoleObjectFragment
export type RoleObject = ObjectWithFieldsQuery['object']

const readObjects = async (api: Api): Promise<readonly RoleObjectSummary[]> => {
  const { objects } = await api.metadata(ActiveObjects)
  return objects.edges
    .map(({ node }) => node)
    .toSorted(
      (one, other) =>
        Number(one.isSystem) - Number(other.isSystem) || one.labelPlural.localeCompare(other.labelPlural),
    )
}

/** System objects last; each group by label. */
export const useRoleObjects = () => {
  const api = useApi()
  return useQuery({ queryKey: [MODEL_KEY, 'active'], queryFn: () => readObjects(api) })
}

/** @param id undefined while it is unknown. */
export const useObject = (id = '') => {
  const api = useApi()
  return useQuery({
    enabled: id !== '',
    queryKey: [MODEL_KEY, 'activeObject', id],
    queryFn: async () => (await api.metadata(ObjectWithFields, { id })).object,
  })
}
