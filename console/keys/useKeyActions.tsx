// Actions on a key that need no form, each with its confirmation.

import { useMutation } from '@tanstack/react-query'
import { type Question, useConfirm } from '../parts/confirm.tsx'
import { useApi } from '../session/provider.tsx'
import { deleteKey, type Key, revokeKey, STALE_WITH_KEYS, updateKey } from './keys.ts'

type PlainKeyAction = 'revoke' | 'reinstate' | 'delete'

interface Target {
  readonly action: PlainKeyAction
  readonly key: Key
}

const DONE = { revoke: 'revoked', reinstate: 'reinstated', delete: 'deleted' } as const

/** Null where the action is harmless. */
const questionOf = ({ action, key: { name } }: Target): Question | null => {
  switch (action) {
    case 'reinstate':
      return null
    case 'revoke':
      return {
        title: `Revoke key “${name}”?`,
        text: 'The key stops working immediately. You can reinstate it later.',
        action: 'Revoke key',
        isDangerous: true,
      }
    case 'delete':
      return {
        title: `Delete key “${name}”?`,
        text: 'The key stops working immediately. A deleted key cannot be restored.',
        action: 'Delete key',
        isDangerous: true,
      }
  }
}

export const useKeyActions = (): ((action: PlainKeyAction, key: Key) => Promise<void>) => {
  const api = useApi()
  const confirm = useConfirm()
  const { mutate } = useMutation({
    mutationFn: ({ action, key: { id } }: Target) => {
      switch (action) {
        case 'revoke':
          return revokeKey(api, id)
        case 'reinstate':
          return updateKey(api, { id, revokedAt: null })
        case 'delete':
          return deleteKey(api, id)
      }
    },
    meta: {
      stale: STALE_WITH_KEYS,
      done: ({ action, key }: Target) => `Key “${key.name}” was ${DONE[action]}.`,
    },
  })
  return async (action, key) => {
    const question = questionOf({ action, key })
    if (question === null || (await confirm(question))) mutate({ action, key })
  }
}
