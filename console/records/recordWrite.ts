// Writes of single records. In: the object, a record's key and what to do; out: what is to be awaited.
// Afterwards everything that was read of records is asked again, for a write may show in other objects too.

import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ModelObject } from '../model/object.ts'
import { useApi } from '../session/provider.tsx'
import { pathOf } from './key.ts'
import { RECORDS_KEY } from './page.ts'
import type { Row } from './value.ts'

export type Write =
  | { readonly kind: 'create'; readonly body: Row }
  | { readonly kind: 'update'; readonly key: string; readonly body: Row }
  | { readonly kind: 'trash' | 'restore' | 'destroy'; readonly key: string }

const requestOf = (object: ModelObject, write: Write): readonly [string, string, Row?] => {
  switch (write.kind) {
    case 'create':
      return ['POST', `/rest/${object.namePlural}`, write.body]
    case 'update':
      return ['PATCH', pathOf(object, write.key), write.body]
    case 'trash':
      return ['DELETE', `${pathOf(object, write.key)}?soft_delete=true`]
    case 'restore':
      return ['PATCH', `${pathOf(object, write.key)}/restore`]
    case 'destroy':
      return ['DELETE', pathOf(object, write.key)]
  }
}

export const useWrite = (object: ModelObject) => {
  const api = useApi()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (write: Write) => {
      const [method, path, body] = requestOf(object, write)
      await api.rest(method, path, body)
    },
    onSuccess: async (_answer, { kind }) => {
      void queries.invalidateQueries({ queryKey: ['recordCounts'] })
      const isStillThere = kind === 'create' || kind === 'update'
      const stays = new Set([
        // The panel that did it is about to close: its record is not there to be asked for.
        ...(isStillThere ? [] : ['record']),
        // An empty table shows no key: the first record does, and the last one that goes does not change it.
        ...(kind === 'create' ? [] : ['key']),
      ])
      await queries.invalidateQueries({
        queryKey: [RECORDS_KEY],
        predicate: ({ queryKey }) => !stays.has(String(queryKey[2])),
      })
    },
  })
}
