// Input for the role that a webhook sees with. It must not exceed the role of the session.

import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { KEY_ROLES_KEY, readKeyRoles } from '../keys/keys.ts'
import { useApi } from '../session/provider.tsx'

interface RoleSelectProps {
  readonly isNew: boolean
  /** Empty: the role of the session, or the one that was deleted. */
  readonly value?: string
  readonly onChange: (roleId: string) => void
}

export const RoleSelect = ({ isNew, value = '', onChange }: RoleSelectProps) => {
  const api = useApi()
  const roles = useQuery({ queryKey: KEY_ROLES_KEY, queryFn: () => readKeyRoles(api) })
  const known = roles.data ?? []
  const isListed = value === '' || known.some(({ id }) => id === value)
  return (
    <NativeSelect
      label="Sees with role"
      description="Must not exceed your own"
      data={[
        { value: '', label: isNew ? 'Your own role' : 'Unchanged' },
        ...(isListed ? [] : [{ value, label: 'Unchanged' }]),
        ...known.map(({ id, label }) => ({ value: id, label })),
      ]}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
