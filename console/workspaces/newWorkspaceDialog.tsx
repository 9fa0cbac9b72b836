// Dialog for a new workspace: its names, and whether it starts with the standard objects.

import { Checkbox, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { DialogForm } from '../form/dialogForm.tsx'
import { Modal } from '../parts/dialog.tsx'
import { useApi } from '../session/provider.tsx'
import { createWorkspace, WORKSPACES_KEY, type Workspace } from './workspaces.ts'

interface NewWorkspaceDialogProps {
  readonly onCreated: (workspace: Workspace) => void
  readonly onClose: () => void
}

const NewWorkspaceForm = ({ onCreated, onClose }: NewWorkspaceDialogProps) => {
  const api = useApi()
  const { values, getInputProps } = useForm({
    initialValues: { name: '', subdomain: '', standardObjects: true },
  })
  const create = useMutation({
    mutationFn: ({ name, subdomain, standardObjects }: typeof values) =>
      createWorkspace(api, {
        name: name.trim(),
        standardObjects,
        ...(subdomain.trim() === '' ? {} : { subdomain: subdomain.trim() }),
      }),
    meta: {
      stale: [WORKSPACES_KEY],
      done: (_: unknown, { name }: Workspace) => `“${name}” was created.`,
      showsFailure: true,
    },
  })
  return (
    <DialogForm
      action="Create workspace"
      mutation={create}
      input={values}
      onSubmit={() => create.mutate(values, { onSuccess: onCreated })}
      onCancel={onClose}
    >
      <TextInput data-autofocus required label="Name" autoComplete="off" {...getInputProps('name')} />
      <TextInput
        label="Subdomain"
        description="Leave empty to derive it from the name"
        autoComplete="off"
        spellCheck={false}
        {...getInputProps('subdomain')}
      />
      <Checkbox
        label="With the standard objects"
        description="Companies, people, opportunities, notes, tasks and members. Without them, only API keys can use the workspace"
        {...getInputProps('standardObjects', { type: 'checkbox' })}
      />
    </DialogForm>
  )
}

export const NewWorkspaceDialog = (props: NewWorkspaceDialogProps) => (
  <Modal opened onClose={props.onClose} title="Create workspace">
    <NewWorkspaceForm {...props} />
  </Modal>
)
