// Writes single records over REST.

import { type QueryFilters, useMutation } from '@tanstack/react-query'
import type { ChangeMeta } from '../api/queries.ts'
import type { ModelObject } from '../model/object.ts'
import { COUNTS_KEY } from '../model/objectQueries.ts'
import { useApi } from '../session/provider.tsx'
import { pathOf } from './key.ts'
import { RECORDS_KEY } from './page.ts'
import type { Row } from './value.ts'

export type Write =
  | { readonly kind: 'create'; readonly body: Row }
  | { readonly kind: 'update'; readonly key: string; readonly body: Row }
  | { readonly kind: 'trash' | 'restore' | 'destroy'; readonly key: string }
  /** `keepsOpen`: the record stays where it is, in the list or in the trash. */
  | { readonly kind: 'undo'; readonly key: string; readonly position: string; readonly keepsOpen: boolean }

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
    case 'undo':
      return ['POST', `${pathOf(object, write.key)}/history/${write.position}/undo`]
  }
}

const DONE = {
  create: 'created',
  update: 'saved',
  trash: 'moved to the trash',
  restore: 'restored',
  destroy: 'destroyed',
  undo: 'changed back',
} as const

/**
 * All queries of records, since a write can show in other objects too. Not the record that its panel is about
 * to close. Not the key, except after a create: an empty table reveals no key.
 */
const staleAfter = (write: Write): readonly QueryFilters[] => {
  const closes = write.kind === 'undo' ? !write.keepsOpen : !['create', 'update'].includes(write.kind)
  const kept = new Set([
    ...(closes ? ['record', 'history'] : []),
    ...(write.kind === 'create' ? [] : ['key']),
  ])
  return [{ queryKey: [RECORDS_KEY], predicate: ({ queryKey }) => !kept.has(String(queryKey[2])) }]
}

export const useWrite = (
  object: ModelObject,
  { showsFailure = false }: Pick<ChangeMeta, 'showsFailure'> = {},
) => {
  const api = useApi()
  return useMutation({
    mutationFn: (write: Write) => {
      const [method, path, body] = requestOf(object, write)
      return api.rest<unknown>(method, path, body)
    },
    meta: {
      staleAfter,
      staleInBackground: [COUNTS_KEY],
      done: ({ kind }: Write) => `${object.labelSingular} was ${DONE[kind]}.`,
      showsFailure,
    },
  })
}
