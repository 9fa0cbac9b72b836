// Limits of one workspace. In: those that are set; out: those that were changed; an empty field takes one
// back.

import { NumberInput, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Modal, useLateFocus } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { Form } from '../parts/form.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { Query } from '../parts/query.tsx'
import { useUnsavedInput } from '../parts/unsaved.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import { type Limits, readLimits, setLimits, WORKSPACES_KEY, type Workspace } from './workspaces.ts'

const LABELS: Readonly<Record<string, string>> = {
  keyRateLimitPerMinute: 'Requests a minute of each key',
  rateLimitPerMinute: 'Requests a minute of all keys together',
  statementTimeoutMs: 'Statement timeout in milliseconds',
  maxConcurrentStatements: 'Concurrent slow statements',
  maxBatchRecords: 'Records in one batch',
}

export interface LimitsDialogProps {
  readonly workspace: Workspace
  readonly onClose: () => void
}

const LimitsForm = ({ workspace, limits, onClose }: LimitsDialogProps & { readonly limits: Limits }) => {
  const api = useApi()
  const [draft, setDraft] = useState<Limits>({})
  const [failure, setFailure] = useState<unknown>(null)
  const form = useLateFocus()
  const { change, isBusy } = useChange({
    run: () => setLimits(api, workspace.id, draft),
    stale: [[...WORKSPACES_KEY, workspace.id]],
    done: () => `The limits of “${workspace.name}” were changed.`,
    onFailure: setFailure,
  })
  useUnsavedInput(draft)
  const submit = async () => {
    if (Object.keys(draft).length === 0) onClose()
    else if ((await change(undefined)) !== null) onClose()
  }
  return (
    <Form
      ref={form}
      onSubmit={submit}
      end={
        <>
          <FailureAlert failure={failure} />
          <FormButtons action="Save limits" isBusy={isBusy} onCancel={onClose} />
        </>
      }
    >
      <Stack>
        {Object.keys(limits).map((name, index) => (
          <NumberInput
            key={name}
            label={LABELS[name] ?? name}
            description="Leave empty for the gateway’s default"
            min={1}
            allowDecimal={false}
            thousandSeparator=" "
            {...(index === 0 ? { 'data-autofocus': true } : {})}
            value={(name in draft ? draft[name] : limits[name]) ?? ''}
            onChange={(value) => setDraft({ ...draft, [name]: typeof value === 'number' ? value : null })}
          />
        ))}
      </Stack>
    </Form>
  )
}

export const LimitsDialog = ({ workspace, onClose }: LimitsDialogProps) => {
  const api = useApi()
  const limits = useQuery({
    queryKey: [...WORKSPACES_KEY, workspace.id, 'limits'],
    queryFn: () => readLimits(api, workspace.id),
    staleTime: 0,
  })
  return (
    <Modal opened onClose={onClose} title={`Limits of “${workspace.name}”`}>
      <Query of={limits} rows={3} rowHeight={60}>
        {(known) => <LimitsForm workspace={workspace} limits={known} onClose={onClose} />}
      </Query>
    </Modal>
  )
}
