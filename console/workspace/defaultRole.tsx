// Input for the default role of members; read-only without the permission to see roles.

import { NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ROLES_KEY, readRoles } from '../roles/roles.ts'
import { useApi, useSession } from '../session/provider.tsx'
import type { WorkspaceSettings } from './settings.ts'

const LABEL = 'Default role'
const DESCRIPTION = 'For members without an assigned role'

interface DefaultRoleProps {
  readonly current: WorkspaceSettings['defaultRole']
  /** Id of a role; empty for none. */
  readonly value?: string
  readonly onChange: (roleId: string) => void
}

export const DefaultRole = ({ current, value = '', onChange }: DefaultRoleProps) => {
  const api = useApi()
  const canSeeRoles = useSession().flags.includes('ROLES')
  const { data } = useQuery({ queryKey: ROLES_KEY, queryFn: () => readRoles(api), enabled: canSeeRoles })
  if (data === undefined)
    return <TextInput label={LABEL} description={DESCRIPTION} readOnly value={current?.label ?? 'None'} />
  const roles = data.filter((role) => role.canBeAssignedToUsers || role.id === current?.id)
  return (
    <NativeSelect
      label={LABEL}
      description={DESCRIPTION}
      data={[
        ...(value === '' ? [{ value: '', label: 'None', disabled: true }] : []),
        ...roles.map(({ id, label }) => ({ value: id, label })),
      ]}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
