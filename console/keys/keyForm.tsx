// The form of a new or existing key: name, role, expiry, rate limit and networks.

import { NumberInput, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { DialogForm, type DialogFormProps } from '../form/dialogForm.tsx'
import { networksIn } from '../form/networks.ts'
import { NetworksField } from '../form/networksField.tsx'
import { SearchSelect } from '../list/searchSelect.tsx'
import { useApi } from '../session/provider.tsx'
import { DEFAULT_EXPIRY, expiresAtOf } from './expiry.ts'
import { ExpiryField } from './expiryField.tsx'
import { keyRoleOptions } from './keyLists.ts'
import type { Key, KeyRole, KeySettings } from './keys.ts'

const KEEP = { value: 'keep', label: 'Keep the current date' }

export interface KeyFormProps extends Pick<DialogFormProps, 'action' | 'mutation' | 'onCancel'> {
  /** Absent for a new key. */
  readonly known?: Key
  /** The role of a new key; default: to be chosen. */
  readonly role?: KeyRole
  readonly onSubmit: (key: KeySettings) => void
}

/** No role is preselected: the choice of a powerful one must be deliberate. */
const initialValues = ({ known, role }: Pick<KeyFormProps, 'known' | 'role'>) => ({
  name: known?.name ?? '',
  roleId: known?.role.id ?? role?.id ?? '',
  expiry: { choice: known === undefined ? DEFAULT_EXPIRY : KEEP.value, date: '' },
  limit: known?.rateLimitPerMinute ?? '',
  networks: known?.networks ?? [],
})

export const KeyForm = ({ known, role, onSubmit, ...dialog }: KeyFormProps) => {
  const api = useApi()
  const { values, getInputProps } = useForm({
    initialValues: initialValues({
      ...(known === undefined ? {} : { known }),
      ...(role === undefined ? {} : { role }),
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
      <SearchSelect
        label="Role"
        description="Defines what the key can see and do"
        placeholder="Choose a role …"
        required
        source={keyRoleOptions(api)}
        // The key keeps its role even if other keys can no longer get it.
        valueLabel={(known?.role ?? role)?.label ?? ''}
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
