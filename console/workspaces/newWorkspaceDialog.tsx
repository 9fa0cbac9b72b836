// A new workspace: its names, and what it begins with.

import { Checkbox, Stack, TextInput } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { Modal } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import { createWorkspace, type NewWorkspace, WORKSPACES_KEY } from './workspaces.ts'

const STALE = [WORKSPACES_KEY]

export const NewWorkspaceDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const api = useApi()
  const [name, setName] = useState('')
  const [subdomain, setSubdomain] = useState('')
  const [standardObjects, setStandardObjects] = useState(true)
  const [failure, setFailure] = useState<unknown>(null)
  const { change, isBusy } = useChange({
    run: (input: NewWorkspace) => createWorkspace(api, input),
    stale: STALE,
    done: (workspace) => `“${workspace.name}” was created.`,
    onFailure: setFailure,
  })
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const chosen = subdomain.trim()
    const created = await change({
      name: name.trim(),
      standardObjects,
      ...(chosen === '' ? {} : { subdomain: chosen }),
    })
    if (created !== null) onClose()
  }
  return (
    <Modal opened onClose={onClose} title="Create workspace">
      <form onSubmit={submit}>
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
            description="Empty: derived from the name"
            autoComplete="off"
            spellCheck={false}
            value={subdomain}
            onChange={(event) => setSubdomain(event.currentTarget.value)}
          />
          <Checkbox
            label="With the standard objects"
            description="Companies, people, opportunities, notes, tasks and members"
            checked={standardObjects}
            onChange={(event) => setStandardObjects(event.currentTarget.checked)}
          />
          <FailureAlert failure={failure} />
          <FormButtons action="Create workspace" isBusy={isBusy} onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}
