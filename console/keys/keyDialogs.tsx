// The dialogs that make, change and renew keys. In: a key, or none; out: the change, and for tokens what was
// made.

import { Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Modal } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { Form } from '../parts/form.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { useUnsavedInput } from '../parts/unsaved.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import { DEFAULT_EXPIRY, expiresAtOf } from './expiry.ts'
import { ExpiryField } from './expiryField.tsx'
import { KeyDialog } from './keyForm.tsx'
import {
  changeKey,
  createKey,
  type FreshToken,
  KEYS_KEY,
  type Key,
  type KeyRole,
  type NewKey as NewKeyInput,
  regenerateKey,
} from './keys.ts'

const STALE = [KEYS_KEY, ['roles']]

export interface NewKeyProps {
  readonly roles: readonly KeyRole[]
  readonly defaultRoleId?: string
  readonly onDone: (fresh: FreshToken) => void
  readonly onCancel: () => void
}

export const NewKey = ({ roles, defaultRoleId, onDone, onCancel }: NewKeyProps) => {
  const api = useApi()
  const [failure, setFailure] = useState<unknown>(null)
  const { change, isBusy } = useChange({
    run: (input: NewKeyInput) => createKey(api, input),
    stale: STALE,
    onFailure: setFailure,
  })
  return (
    <KeyDialog
      title="Create key"
      action="Create key"
      roles={roles}
      {...(defaultRoleId === undefined ? {} : { defaultRoleId })}
      failure={failure}
      isBusy={isBusy}
      onCancel={onCancel}
      onSubmit={async (input) => {
        const fresh = await change(input)
        if (fresh !== null) onDone(fresh)
      }}
    />
  )
}

export interface EditKeyProps {
  readonly known: Key
  readonly roles: readonly KeyRole[]
  readonly onDone: () => void
}

export const EditKey = ({ known, roles, onDone }: EditKeyProps) => {
  const api = useApi()
  const [failure, setFailure] = useState<unknown>(null)
  const { change, isBusy } = useChange({
    run: (input: NewKeyInput) => changeKey(api, { id: known.id, ...input }),
    stale: STALE,
    done: (_, { name }) => `Key “${name}” was changed.`,
    onFailure: setFailure,
  })
  return (
    <KeyDialog
      title={`Edit key “${known.name}”`}
      action="Save"
      known={known}
      // A role that keys may no longer get is still the one it has.
      roles={roles.some(({ id }) => id === known.role.id) ? roles : [known.role, ...roles]}
      failure={failure}
      isBusy={isBusy}
      onCancel={onDone}
      onSubmit={async (input) => {
        if ((await change(input)) !== null) onDone()
      }}
    />
  )
}

export interface RegenerateKeyProps {
  readonly known: Key
  readonly onDone: (fresh: FreshToken) => void
  readonly onCancel: () => void
}

const RegenerateForm = ({ known, onDone, onCancel }: RegenerateKeyProps) => {
  const api = useApi()
  const [failure, setFailure] = useState<unknown>(null)
  const [expiry, setExpiry] = useState<{ readonly choice: string; readonly date: string }>({
    choice: DEFAULT_EXPIRY,
    date: '',
  })
  useUnsavedInput(expiry)
  const { change, isBusy } = useChange({
    run: (expiresAt: string) => regenerateKey(api, known, expiresAt),
    stale: STALE,
    onFailure: setFailure,
  })
  const submit = async () => {
    const expiresAt = expiresAtOf(expiry.choice, expiry.date, new Date())
    const fresh = expiresAt === null ? null : await change(expiresAt)
    if (fresh !== null) onDone(fresh)
  }
  return (
    <Form
      onSubmit={submit}
      end={
        <>
          <FailureAlert failure={failure} />
          <FormButtons action="Regenerate key" isBusy={isBusy} focusesCancel onCancel={onCancel} />
        </>
      }
    >
      <Stack>
        <Text>A new token is created and shown once. The current token stops working at once.</Text>
        <ExpiryField {...expiry} onChange={(choice, date) => setExpiry({ choice, date })} />
      </Stack>
    </Form>
  )
}

export const RegenerateKey = (props: RegenerateKeyProps) => (
  <Modal opened onClose={props.onCancel} title={`Regenerate key “${props.known.name}”`}>
    <RegenerateForm {...props} />
  </Modal>
)
