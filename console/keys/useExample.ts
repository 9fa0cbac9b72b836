// The object that example requests use: companies where the workspace has them, else the first that is not a
// system object.

import { useQuery } from '@tanstack/react-query'
import { useApi } from '../session/provider.tsx'
import { ExampleObjects } from './keys.graphql.ts'

const FAMILIAR = 'companies'

export const useExample = (): string | null => {
  const api = useApi()
  const { data } = useQuery({
    queryKey: ['example'],
    queryFn: async () => {
      const { objects } = await api.metadata(ExampleObjects)
      const names = objects.edges.flatMap(({ node }) =>
        node.isSystem || !node.isActive ? [] : node.namePlural,
      )
      return names.includes(FAMILIAR) ? FAMILIAR : (names[0] ?? null)
    },
  })
  return data ?? null
}
