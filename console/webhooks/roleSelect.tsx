// Input for the role that a webhook sees with. It must not exceed the role of the session.

import { keyRoleOptions } from '../keys/keyLists.ts'
import { SearchSelect } from '../list/searchSelect.tsx'
import { useApi } from '../session/provider.tsx'

interface RoleSelectProps {
  readonly isNew: boolean
  /** Empty: the role of the session, or the one that was deleted. */
  readonly value?: string
  readonly onChange: (roleId: string) => void
}

export const RoleSelect = ({ isNew, value = '', onChange }: RoleSelectProps) => {
  const api = useApi()
  return (
    <SearchSelect
      label="Sees with role"
      description="Must not exceed your own"
      source={keyRoleOptions(api)}
      fixed={[{ value: '', label: isNew ? 'Your own role' : 'Unchanged' }]}
      value={value}
      valueLabel="Unchanged"
      onChange={onChange}
    />
  )
}
