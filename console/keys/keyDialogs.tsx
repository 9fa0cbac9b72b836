// Dialogs that create, edit and regenerate keys.

import { Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { DialogForm } from '../form/dialogForm.tsx'
import { useForcible } from '../form/useForcible.ts'
import { Modal } from '../parts/dialog.tsx'
import { useApi } from '../session/provider.tsx'
import { DEFAULT_EXPIRY, type Expiry, expiresAtOf } from './expiry.ts'
import { ExpiryField } from './expiryField.tsx'
import { KeyForm } from './keyForm.tsx'
import {
  createKey,
  type FreshToken,
  type Key,
  type KeyRole,
  type KeySettings,
  regenerateKey,
  STALE_WITH_KEYS,
  updateKey,
} from './keys.ts'

interface NewKeyProps {
  /** Default: to be chosen. */
  readonly role?: KeyRole
  readonly onDone: (fresh: FreshToken) => void
  readonly onCancel: () => void
}

export const NewKey = ({ onDone, ...form }: NewKeyProps) => {
  const api = useApi()
  const create = useMutation({
    mutationFn: (input: KeySettings) => createKey(api, input),
    meta: { stale: STALE_WITH_KEYS, showsFailure: true },
  })
  return (
    <Modal opened onClose={form.onCancel} title="Create key">
      <KeyForm
        {...form}
        action="Create key"
        mutation={create}
        onSubmit={(input) => create.mutate(input, { onSuccess: onDone })}
      />
    </Modal>
  )
}

interface EditKeyProps {
  readonly known: Key
  readonly onDone: () => void
}

export const EditKey = ({ known, onDone }: EditKeyProps) => {
  const api = useApi()
  const force = useForcible()
  const update = useMutation({
    mutationFn: (input: KeySettings) =>
      force((isForced) => updateKey(api, { id: known.id, ...input, force: isForced })),
    meta: {
      stale: STALE_WITH_KEYS,
      done: ({ name }: KeySettings) => `Key “${name}” was changed.`,
      showsFailure: true,
    },
  })
  return (
    <Modal opened onClose={onDone} title={`Edit key “${known.name}”`}>
      <KeyForm
        action="Save"
        known={known}
        mutation={update}
        onCancel={onDone}
        onSubmit={(input) => update.mutate(input, { onSuccess: onDone })}
      />
    </Modal>
  )
}

interface RegenerateKeyProps {
  readonly known: Key
  readonly onDone: (fresh: FreshToken) => void
  readonly onCancel: () => void
}

const RegenerateForm = ({ known, onDone, onCancel }: RegenerateKeyProps) => {
  const api = useApi()
  const [expiry, setExpiry] = useState<Expiry>({ choice: DEFAULT_EXPIRY, date: '' })
  const regenerate = useMutation({
    mutationFn: (expiresAt: string) => regenerateKey(api, known, expiresAt),
    meta: { stale: STALE_WITH_KEYS, showsFailure: true },
  })
  const submit = () => {
    const expiresAt = expiresAtOf(expiry, new Date())
    if (expiresAt !== null) regenerate.mutate(expiresAt, { onSuccess: onDone })
  }
  return (
    <DialogForm
      action="Regenerate key"
      mutation={regenerate}
      input={expiry}
      focusesCancel
      onSubmit={submit}
      onCancel={onCancel}
    >
      <Text>This creates a new token, shown once. The current token stops working immediately.</Text>
      <ExpiryField value={expiry} onChange={setExpiry} />
    </DialogForm>
  )
}

export const RegenerateKeyDialog = (props: RegenerateKeyProps) => (
  <Modal opened onClose={props.onCancel} title={`Regenerate key “${props.known.name}”`}>
    <RegenerateForm {...props} />
  </Modal>
)
