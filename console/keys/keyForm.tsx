// The form of a new or existing key: name, role, expiry, rate limit and networks.

import { NativeSelect, NumberInput, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { DialogForm, type DialogFormProps } from '../form/dialogForm.tsx'
import { networksIn } from '../form/networks.ts'
import { NetworksField } from '../form/networksField.tsx'
import { DEFAULT_EXPIRY, expiresAtOf } from './expiry.ts'
import { ExpiryField } from './expiryField.tsx'
import type { Key, KeyRole, KeySettings } from './keys.ts'

const KEEP = { value: 'keep', label: 'Keep the current date' }

export interface KeyFormProps extends Pick<DialogFormProps, 'action' | 'mutation' | 'onCancel'> {
  /** Absent for a new key. */
  readonly known?: Key
  readonly roles: readonly KeyRole[]
  readonly defaultRoleId?: string
  readonly onSubmit: (key: KeySettings) => void
}

type InitialProps = Pick<KeyFormProps, 'known' | 'roles' | 'defaultRoleId'>

/** A role is preselected only if it is the only one: the choice of a powerful role must be deliberate. */
const initialValues = ({ known, roles, defaultRoleId }: InitialProps) => ({
  name: known?.name ?? '',
  roleId: known?.role.id ?? defaultRoleId ?? (roles.length === 1 ? roles[0]?.id : undefined) ?? '',
  expiry: { choice: known === undefined ? DEFAULT_EXPIRY : KEEP.value, date: '' },
  limit: known?.rateLimitPerMinute ?? '',
  networks: known?.networks ?? [],
})

export const KeyForm = ({ known, roles, defaultRoleId, onSubmit, ...dialog }: KeyFormProps) => {
  const { values, getInputProps } = useForm({
    initialValues: initialValues({
      roles,
      ...(known === undefined ? {} : { known }),
      ...(defaultRoleId === undefined ? {} : { defaultRoleId }),
    }),
  })
  const submit = () => {
    const { name, roleId, expiry, limit, networks } = values
    const expiresAt =
      expiry.choice === KEEP.value ? (known?.expiresAt ?? null) : expiresAtOf(expiry, new Date())
    if (expiresAt === null) return
    const rateLimitPerMinute = typeof limit === 'number' ? limit : null
    onSubmit({
      name: name.trim(),
      roleId,
      expiresAt,
      rateLimitPerMinute,
      networks: networksIn(networks),
    })
  }
  return (
    <DialogForm {...dialog} input={values} onSubmit={submit}>
      <TextInput
        data-autofocus
        required
        label="Name"
        description="The program that uses the key: “Website”, “Nightly import”"
        autoComplete="off"
        {...getInputProps('name')}
      />
      <NativeSelect
        label="Role"
        description="Defines what the key can see and do"
        required
        data={[
          { value: '', label: 'Choose a role …', disabled: true },
          ...roles.map(({ id, label }) => ({ value: id, label })),
        ]}
        {...getInputProps('roleId')}
      />
      <ExpiryField {...(known === undefined ? {} : { keep: KEEP })} {...getInputProps('expiry')} />
      <NumberInput
        label="Requests per minute"
        description="Leave empty to use the workspace’s limit"
        min={1}
        allowDecimal={false}
        {...getInputProps('limit')}
      />
      <NetworksField
        description="Networks or addresses, one a line. The networks of the role apply, too. Leave empty to allow all"
        {...getInputProps('networks')}
      />
    </DialogForm>
  )
}
