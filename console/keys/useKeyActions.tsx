// What can be done to a key, with the question before it where it breaks something. In: nothing; out: one
// function for all actions that need no form.

import { useConfirm } from '../parts/confirm.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import { changeKey, deleteKey, KEYS_KEY, type Key, revokeKey } from './keys.ts'

const STALE = [KEYS_KEY, ['roles']]

export type PlainKeyAction = 'revoke' | 'reinstate' | 'delete'

export const useKeyActions = (): ((action: PlainKeyAction, key: Key) => Promise<void>) => {
  const api = useApi()
  const confirm = useConfirm()
  const revoke = useChange({
    run: (key: Key) => revokeKey(api, key.id),
    stale: STALE,
    done: (_, { name }) => `Key “${name}” was revoked.`,
  })
  const reinstate = useChange({
    run: (key: Key) => changeKey(api, { id: key.id, revokedAt: null }),
    stale: STALE,
    done: (_, { name }) => `Key “${name}” was reinstated.`,
  })
  const remove = useChange({
    run: (key: Key) => deleteKey(api, key.id),
    stale: STALE,
    done: (_, { name }) => `Key “${name}” was deleted.`,
  })
  return async (action, key) => {
    if (action === 'reinstate') await reinstate.change(key)
    if (
      action === 'revoke' &&
      (await confirm({
        title: `Revoke key “${key.name}”?`,
        text: 'Requests with this key are refused at once. You can reinstate it later.',
        action: 'Revoke key',
        isDangerous: true,
      }))
    )
      await revoke.change(key)
    if (
      action === 'delete' &&
      (await confirm({
        title: `Delete key “${key.name}”?`,
        text: 'Requests with this key are refused at once. A deleted key cannot be restored.',
        action: 'Delete key',
        isDangerous: true,
      }))
    )
      await remove.change(key)
  }
}
