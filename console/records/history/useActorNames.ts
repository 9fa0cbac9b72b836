// Names of the authors of changes, as far as the role can see them: members, keys and database users.

import { useQuery } from '@tanstack/react-query'
import { readKeys } from '../../keys/keyLists.ts'
import { KEYS_KEY } from '../../keys/keys.ts'
import { useApi, useSession } from '../../session/provider.tsx'
import { useLabels, useObjectOf } from '../relationLabels.ts'
import type { Actor } from './change.ts'

const ID_LENGTH = 8

const useKeyNames = (isWanted: boolean): ReadonlyMap<string, string> => {
  const api = useApi()
  const mayRead = useSession().flags.includes('API_KEYS_AND_WEBHOOKS')
  const keys = useQuery({
    queryKey: [...KEYS_KEY, 'all'],
    queryFn: () => readKeys(api),
    enabled: isWanted && mayRead,
  })
  return new Map((keys.data ?? []).map(({ id, name }) => [id, name]))
}

/** @param actors all on the page, so that one request loads all names */
export const useActorNames = (actors: readonly (Actor | null)[]): ((actor: Actor | null) => string) => {
  const members = useObjectOf('workspaceMember')
  const memberIds = actors.flatMap((actor) => actor?.workspaceMemberId ?? [])
  const memberNames = useLabels(members.data, undefined, memberIds)
  const keyNames = useKeyNames(actors.some((actor) => actor?.keyId !== undefined))
  return (actor) => {
    const { workspaceMemberId, operatorName, keyId, databaseUser } = actor ?? {}
    if (workspaceMemberId !== undefined) {
      const name = memberNames.get(workspaceMemberId)?.label ?? 'A member'
      return operatorName === undefined ? name : `${operatorName} as ${name}`
    }
    if (keyId !== undefined) return `Key ${keyNames.get(keyId) ?? keyId.slice(0, ID_LENGTH)}`
    if (databaseUser !== undefined) return `SQL as ${databaseUser}`
    return 'The gateway'
  }
}
