// Assigns a role to an existing API key, or to a new one.

import { Button } from '@mantine/core'
import { useState } from 'react'
import { useForcible } from '../form/useForcible.ts'
import { NewKey } from '../keys/keyDialogs.tsx'
import type { FreshToken } from '../keys/keys.ts'
import { TokenDialog } from '../keys/tokenDialog.tsx'
import { useExample } from '../keys/useExample.ts'
import { useApi } from '../session/provider.tsx'
import { AssignDialog } from './assignDialog.tsx'
import { otherKeys, type Role, setKeyRole } from './roles.ts'

interface AssignKeyProps {
  readonly role: Role
  readonly onClose: () => void
}

export const AssignKey = ({ role, onClose }: AssignKeyProps) => {
  const api = useApi()
  const force = useForcible()
  const example = useExample()
  const [step, setStep] = useState<'choose' | 'create' | FreshToken>('choose')
  if (step === 'create') return <NewKey role={role} onDone={setStep} onCancel={onClose} />
  if (step !== 'choose') return <TokenDialog fresh={step} example={example} onClose={onClose} />
  return (
    <AssignDialog
      role={role}
      kind="API key"
      description="Takes effect on the next request"
      candidates={otherKeys(api, role)}
      assign={(id) => force((isForced) => setKeyRole(api, id, role.id, isForced))}
      onClose={onClose}
    >
      <Button variant="light" onClick={() => setStep('create')}>
        Create a key with this role
      </Button>
    </AssignDialog>
  )
}
