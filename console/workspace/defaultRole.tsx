// Input for the default role of members; read-only without the permission to see roles.

import { TextInput } from '@mantine/core'
import { SearchSelect } from '../list/searchSelect.tsx'
import { memberRoleOptions } from '../roles/roles.ts'
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
  if (!canSeeRoles)
    return <TextInput label={LABEL} description={DESCRIPTION} readOnly value={current?.label ?? 'None'} />
  return (
    <SearchSelect
      label={LABEL}
      description={DESCRIPTION}
      placeholder="None"
      source={memberRoleOptions(api, current?.id)}
      value={value}
      valueLabel={current?.label ?? ''}
      onChange={onChange}
    />
  )
}
