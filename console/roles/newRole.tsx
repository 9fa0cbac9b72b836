// A new role: its name and what it begins with. The rest is on its page.

import { Radio, Stack, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { Modal } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { Form } from '../parts/form.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { useUnsavedInput } from '../parts/unsaved.tsx'
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
  {
    value: 'nothing',
    label: 'No permissions',
    description: 'Grant them object by object afterwards',
    rights: NONE,
  },
  {
    value: 'reads',
    label: 'Sees all records',
    description: 'But cannot change any',
    rights: { ...NONE, canReadAllObjectRecords: true },
  },
  {
    value: 'writes',
    label: 'Sees and edits all records',
    description: 'Can also move them to the trash, but not destroy them',
    rights: {
      ...NONE,
      canReadAllObjectRecords: true,
      canUpdateAllObjectRecords: true,
      canSoftDeleteAllObjectRecords: true,
    },
  },
] as const

const NewRoleForm = ({ onClose }: { readonly onClose: () => void }) => {
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
  const release = useUnsavedInput({ label, description, beginning })
  const submit = async () => {
    const { rights } = BEGINNINGS.find(({ value }) => value === beginning) ?? BEGINNINGS[0]
    const created = await change({
      ...rights,
      label: label.trim(),
      description: description.trim(),
      canBeAssignedToUsers: true,
      canBeAssignedToApiKeys: true,
    })
    if (created === null) return
    release()
    navigate(`/roles/${created.id}`)
  }
  return (
    <Form
      onSubmit={submit}
      end={
        <>
          <FailureAlert failure={failure} />
          <FormButtons action="Create role" isBusy={isBusy} onCancel={onClose} />
        </>
      }
    >
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
        <Radio.Group label="Start with" value={beginning} onChange={setBeginning}>
          <Stack gap="xs" mt="xs">
            {BEGINNINGS.map(({ value, label: name, description: text }) => (
              <Radio key={value} value={value} label={name} description={text} />
            ))}
          </Stack>
        </Radio.Group>
      </Stack>
    </Form>
  )
}

export const NewRole = ({ onClose }: { readonly onClose: () => void }) => (
  <Modal opened onClose={onClose} title="Create role">
    <NewRoleForm onClose={onClose} />
  </Modal>
)
