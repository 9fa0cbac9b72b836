// A new role: its name and what it begins with. The rest is on its page.

import { Radio, Stack, Textarea, TextInput } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { Modal } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import { createRole, type GeneralRights, ROLES_KEY, type RoleChange } from './roles.ts'

const STALE = [ROLES_KEY, ['keyRoles']]

const NONE: GeneralRights = {
  canReadAllObjectRecords: false,
  canCreateAllObjectRecords: null,
  canUpdateAllObjectRecords: false,
  canSoftDeleteAllObjectRecords: false,
  canDestroyAllObjectRecords: false,
}

const BEGINNINGS = [
  { value: 'nothing', label: 'Nothing', description: 'Open single objects afterwards', rights: NONE },
  {
    value: 'reads',
    label: 'Sees all records',
    description: 'And changes none',
    rights: { ...NONE, canReadAllObjectRecords: true },
  },
  {
    value: 'writes',
    label: 'Sees and edits all records',
    description: 'And may put them into the trash, but not destroy them',
    rights: {
      ...NONE,
      canReadAllObjectRecords: true,
      canUpdateAllObjectRecords: true,
      canSoftDeleteAllObjectRecords: true,
    },
  },
] as const

export const NewRole = ({ onClose }: { readonly onClose: () => void }) => {
  const api = useApi()
  const [, navigate] = useLocation()
  const [label, setLabel] = useState('')
  const [description, setDescription] = useState('')
  const [beginning, setBeginning] = useState<string>('reads')
  const [failure, setFailure] = useState<unknown>(null)
  const { change, isBusy } = useChange({
    run: (input: RoleChange & { readonly label: string }) => createRole(api, input),
    stale: STALE,
    onFailure: setFailure,
  })
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const { rights } = BEGINNINGS.find(({ value }) => value === beginning) ?? BEGINNINGS[0]
    const created = await change({
      ...rights,
      label: label.trim(),
      description: description.trim(),
      canBeAssignedToUsers: true,
      canBeAssignedToApiKeys: true,
    })
    if (created !== null) navigate(`/roles/${created.id}`)
  }
  return (
    <Modal opened onClose={onClose} title="Create role">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            data-autofocus
            required
            label="Name"
            value={label}
            autoComplete="off"
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          <Textarea
            label="Description"
            autosize
            minRows={2}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <Radio.Group label="It begins with" value={beginning} onChange={setBeginning}>
            <Stack gap="xs" mt="xs">
              {BEGINNINGS.map(({ value, label: name, description: text }) => (
                <Radio key={value} value={value} label={name} description={text} />
              ))}
            </Stack>
          </Radio.Group>
          <FailureAlert failure={failure} />
          <FormButtons action="Create role" isBusy={isBusy} onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}
