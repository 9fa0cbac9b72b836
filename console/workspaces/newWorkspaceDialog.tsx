// A new workspace: its names, and what it begins with.

import { Checkbox, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Modal } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { Form } from '../parts/form.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { useUnsavedInput } from '../parts/unsaved.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import { createWorkspace, type NewWorkspace, WORKSPACES_KEY, type Workspace } from './workspaces.ts'

const STALE = [WORKSPACES_KEY]

export interface NewWorkspaceDialogProps {
  readonly onCreated: (workspace: Workspace) => void
  readonly onClose: () => void
}

const NewWorkspaceForm = ({ onCreated, onClose }: NewWorkspaceDialogProps) => {
  const api = useApi()
  const [name, setName] = useState('')
  const [subdomain, setSubdomain] = useState('')
  const [standardObjects, setStandardObjects] = useState(true)
  const [failure, setFailure] = useState<unknown>(null)
  useUnsavedInput({ name, subdomain, standardObjects })
  const { change, isBusy } = useChange({
    run: (input: NewWorkspace) => createWorkspace(api, input),
    stale: STALE,
    done: (workspace) => `“${workspace.name}” was created.`,
    onFailure: setFailure,
  })
  const submit = async () => {
    const chosen = subdomain.trim()
    const created = await change({
      name: name.trim(),
      standardObjects,
      ...(chosen === '' ? {} : { subdomain: chosen }),
    })
    if (created !== null) onCreated(created)
  }
  return (
    <Form
      onSubmit={submit}
      end={
        <>
          <FailureAlert failure={failure} />
          <FormButtons action="Create workspace" isBusy={isBusy} onCancel={onClose} />
        </>
      }
    >
      <Stack>
        <TextInput
          data-autofocus
          required
          label="Name"
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Subdomain"
          description="Leave empty to derive it from the name"
          autoComplete="off"
          spellCheck={false}
          value={subdomain}
          onChange={(event) => setSubdomain(event.currentTarget.value)}
        />
        <Checkbox
          label="With the standard objects"
          description="Companies, people, opportunities, notes, tasks and members. Without them the workspace is used by API keys alone"
          checked={standardObjects}
          onChange={(event) => setStandardObjects(event.currentTarget.checked)}
        />
      </Stack>
    </Form>
  )
}

export const NewWorkspaceDialog = (props: NewWorkspaceDialogProps) => (
  <Modal opened onClose={props.onClose} title="Create workspace">
    <NewWorkspaceForm {...props} />
  </Modal>
)
