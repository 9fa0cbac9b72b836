// A banner while an operator acts as a member.

import { Alert } from '@mantine/core'
import { IconUserShield } from '@tabler/icons-react'
import { useSession } from '../session/provider.tsx'

export const ImpersonationBanner = () => {
  const { impersonator, name, expiresAt } = useSession()
  if (impersonator === null) return null
  return (
    <Alert
      color="red"
      mb="md"
      icon={<IconUserShield size={18} aria-hidden />}
      title={`${impersonator} acts as ${name}`}
    >
      Both names are recorded with each change. The session ends at {new Date(expiresAt).toLocaleTimeString()}
      .
    </Alert>
  )
}
