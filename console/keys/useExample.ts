// An object of the workspace that a first request can ask for: companies where there are any, else the first
// that people made.

import { useQuery } from '@tanstack/react-query'
import { useApi } from '../session/provider.tsx'

interface Named {
  readonly namePlural: string
  readonly isSystem: boolean
  readonly isActive: boolean
}

const FAMILIAR = 'companies'
const MAX_LOOKED_AT = 200

export const useExample = (): string | null => {
  const api = useApi()
  const { data } = useQuery({
    queryKey: ['example'],
    queryFn: async () => {
      const { objects } = await api.metadata<{
        readonly objects: { readonly edges: readonly { readonly node: Named }[] }
      }>(
        'query ($first: Int!) { objects(paging: { first: $first }) { edges { node { namePlural isSystem isActive } } } }',
        {
          first: MAX_LOOKED_AT,
        },
      )
      const names = objects.edges.flatMap(({ node }) =>
        node.isSystem || !node.isActive ? [] : node.namePlural,
      )
      return names.includes(FAMILIAR) ? FAMILIAR : (names[0] ?? null)
    },
  })
  return data ?? null
}
