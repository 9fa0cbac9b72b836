// The form of a key, new or known: name, role, end, and a limit of its own. In: what it begins with; out:
// what was chosen, checked as far as the browser can.

import { NativeSelect, NumberInput, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Modal } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { Form } from '../parts/form.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { useUnsavedInput } from '../parts/unsaved.tsx'
import { DEFAULT_EXPIRY, expiresAtOf } from './expiry.ts'
import { ExpiryField } from './expiryField.tsx'
import type { Key, KeyRole, NewKey } from './keys.ts'

const KEEP = { value: 'keep', label: 'Keep the current date' }

export interface KeyFormProps {
  /** The key as it is; absent for a new one. */
  readonly known?: Key
  readonly roles: readonly KeyRole[]
  readonly defaultRoleId?: string
  readonly action: string
  readonly failure: unknown
  readonly isBusy: boolean
  readonly onSubmit: (key: NewKey) => void
  readonly onCancel: () => void
}

export const KeyForm = ({
  known,
  roles,
  defaultRoleId,
  action,
  failure,
  isBusy,
  onSubmit,
  onCancel,
}: KeyFormProps) => {
  const [name, setName] = useState(known?.name ?? '')
  const only = roles.length === 1 ? roles[0] : undefined
  const [roleId, setRoleId] = useState(known?.role.id ?? defaultRoleId ?? only?.id ?? '')
  const [expiry, setExpiry] = useState({
    choice: known === undefined ? DEFAULT_EXPIRY : KEEP.value,
    date: '',
  })
  const [limit, setLimit] = useState<number | string>(known?.rateLimitPerMinute ?? '')

  useUnsavedInput({ name, roleId, expiry, limit })
  const submit = () => {
    const expiresAt =
      expiry.choice === KEEP.value
        ? (known?.expiresAt ?? null)
        : expiresAtOf(expiry.choice, expiry.date, new Date())
    if (expiresAt === null) return
    onSubmit({
      name: name.trim(),
      roleId,
      expiresAt,
      rateLimitPerMinute: typeof limit === 'number' ? limit : null,
    })
  }

  return (
    <Form
      onSubmit={submit}
      end={
        <>
          <FailureAlert failure={failure} />
          <FormButtons action={action} isBusy={isBusy} onCancel={onCancel} />
        </>
      }
    >
      <Stack>
        <TextInput
          data-autofocus
          required
          label="Name"
          description="What uses the key: “Website”, “Nightly import”"
          value={name}
          autoComplete="off"
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label="Role"
          description="What the key may see and do"
          required
          // No default: the strongest role must be chosen on purpose.
          data={[
            { value: '', label: 'Choose a role …', disabled: true },
            ...roles.map(({ id, label }) => ({ value: id, label })),
          ]}
          value={roleId}
          onChange={(event) => setRoleId(event.currentTarget.value)}
        />
        <ExpiryField
          {...expiry}
          {...(known === undefined ? {} : { keep: KEEP })}
          onChange={(choice, date) => setExpiry({ choice, date })}
        />
        <NumberInput
          label="Requests a minute"
          description="Leave empty to use the workspace’s limit"
          min={1}
          allowDecimal={false}
          value={limit}
          onChange={setLimit}
        />
      </Stack>
    </Form>
  )
}

export interface KeyDialogProps extends KeyFormProps {
  readonly title: string
}

export const KeyDialog = ({ title, ...form }: KeyDialogProps) => (
  <Modal opened onClose={form.onCancel} title={title}>
    <KeyForm {...form} />
  </Modal>
)
