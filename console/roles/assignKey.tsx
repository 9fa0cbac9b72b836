// Gives a role to an API key: to one that has another role, or to a new one.

import { Button, Divider, NativeSelect, Stack } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { NewKey } from '../keys/keyDialogs.tsx'
import type { FreshToken } from '../keys/keys.ts'
import { TokenDialog } from '../keys/tokenDialog.tsx'
import { useExample } from '../keys/useExample.ts'
import { Modal } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import { ROLES_KEY, type Role, setKeyRole } from './roles.ts'

const STALE = [ROLES_KEY, ['keys']]

export interface AssignKeyProps {
  readonly role: Role
  readonly roles: readonly Role[]
  readonly onClose: () => void
}

export const AssignKey = ({ role, roles, onClose }: AssignKeyProps) => {
  const api = useApi()
  const example = useExample()
  const candidates = roles
    .filter(({ id }) => id !== role.id)
    .flatMap(({ label, apiKeys }) =>
      apiKeys
        .filter(({ revokedAt }) => revokedAt === null)
        .map((key) => ({ value: key.id, label: `${key.name} (now ${label})` })),
    )
  const [keyId, setKeyId] = useState(candidates[0]?.value ?? '')
  const [step, setStep] = useState<'choose' | 'create' | FreshToken>('choose')
  const [failure, setFailure] = useState<unknown>(null)
  const { change, isBusy } = useChange({
    run: () => setKeyRole(api, keyId, role.id),
    stale: STALE,
    done: () => `The role “${role.label}” was assigned.`,
    onFailure: setFailure,
  })
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if ((await change(undefined)) !== null) onClose()
  }
  if (step === 'create') return <NewKey roles={[role]} onDone={setStep} onCancel={onClose} />
  if (step !== 'choose') return <TokenDialog fresh={step} example={example} onClose={onClose} />
  return (
    <Modal opened onClose={onClose} title={`Assign “${role.label}” to an API key`}>
      <Stack>
        {candidates.length === 0 ? null : (
          <form onSubmit={submit}>
            <Stack>
              <NativeSelect
                data-autofocus
                label="Key"
                description="The next request with it has this role"
                data={candidates}
                value={keyId}
                onChange={(event) => setKeyId(event.currentTarget.value)}
              />
              <FailureAlert failure={failure} />
              <FormButtons action="Assign role" isBusy={isBusy} onCancel={onClose} />
              <Divider label="or" />
            </Stack>
          </form>
        )}
        <Button variant="light" onClick={() => setStep('create')}>
          Create a key with this role
        </Button>
      </Stack>
    </Modal>
  )
}
