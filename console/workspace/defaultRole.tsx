// Chooses the role of members for whom none was chosen. Who may not see the roles reads which it is.

import { NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ROLES_KEY, readRoles } from '../roles/roles.ts'
import { useApi, useSession } from '../session/provider.tsx'
import type { WorkspaceSettings } from './settings.ts'

const LABEL = 'Default role'
const DESCRIPTION = 'For members without an assigned role'

export interface DefaultRoleProps {
  readonly current: WorkspaceSettings['defaultRole']
  readonly value: string | null
  readonly onChange: (roleId: string) => void
}

export const DefaultRole = ({ current, value, onChange }: DefaultRoleProps) => {
  const api = useApi()
  const maySeeRoles = useSession().flags.includes('ROLES')
  const { data } = useQuery({ queryKey: ROLES_KEY, queryFn: () => readRoles(api), enabled: maySeeRoles })
  if (data === undefined)
    return <TextInput label={LABEL} description={DESCRIPTION} readOnly value={current?.label ?? 'None'} />
  const roles = data.filter((role) => role.canBeAssignedToUsers || role.id === current?.id)
  return (
    <NativeSelect
      label={LABEL}
      description={DESCRIPTION}
      data={[
        ...(value === null ? [{ value: '', label: 'None', disabled: true }] : []),
        ...roles.map(({ id, label }) => ({ value: id, label })),
      ]}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
