// Dialog for a new role: its name and its first permissions. The role's page has the rest.

import { Radio, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { DialogForm } from '../form/dialogForm.tsx'
import { KEEPS_INPUT } from '../form/unsaved.tsx'
import { Modal } from '../parts/dialog.tsx'
import { useApi } from '../session/provider.tsx'
import { createRole, type GeneralRights, ROLES_KEY } from './roles.ts'

const NONE: GeneralRights = {
  canReadAllObjectRecords: false,
  canCreateAllObjectRecords: null,
  canUpdateAllObjectRecords: false,
  canSoftDeleteAllObjectRecords: false,
  canDestroyAllObjectRecords: false,
}

const TEMPLATES = [
  {
    value: 'nothing',
    label: 'No permissions',
    description: 'Grant them object by object afterwards',
    rights: NONE,
  },
  {
    value: 'reads',
    label: 'Sees all records',
    description: 'Cannot change them',
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
  const { values, getInputProps } = useForm({
    initialValues: { label: '', description: '', template: 'reads' },
  })
  const create = useMutation({
    mutationFn: ({ label, description, template }: typeof values) =>
      createRole(api, {
        ...TEMPLATES.find(({ value }) => value === template)?.rights,
        label: label.trim(),
        description: description.trim(),
        canBeAssignedToUsers: true,
        canBeAssignedToApiKeys: true,
      }),
    meta: { stale: [ROLES_KEY, ['keyRoles']], showsFailure: true },
  })
  const submit = () =>
    // The input is saved by then.
    create.mutate(values, { onSuccess: ({ id }) => navigate(`/roles/${id}`, KEEPS_INPUT) })
  return (
    <DialogForm action="Create role" mutation={create} input={values} onSubmit={submit} onCancel={onClose}>
      <TextInput data-autofocus required label="Name" autoComplete="off" {...getInputProps('label')} />
      <Textarea label="Description" autosize minRows={2} {...getInputProps('description')} />
      <Radio.Group label="Start with" {...getInputProps('template')}>
        <Stack gap="xs" mt="xs">
          {TEMPLATES.map(({ value, label, description }) => (
            <Radio key={value} value={value} label={label} description={description} />
          ))}
        </Stack>
      </Radio.Group>
    </DialogForm>
  )
}

export const NewRole = ({ onClose }: { readonly onClose: () => void }) => (
  <Modal opened onClose={onClose} title="Create role">
    <NewRoleForm onClose={onClose} />
  </Modal>
)
