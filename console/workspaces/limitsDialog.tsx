// Limits of one workspace. An empty input restores the gateway's default.

import { NumberInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery } from '@tanstack/react-query'
import { DialogForm } from '../form/dialogForm.tsx'
import { Modal, useLateFocus } from '../parts/dialog.tsx'
import { Query } from '../parts/query.tsx'
import { useApi } from '../session/provider.tsx'
import { type Limits, readLimits, setLimits, WORKSPACES_KEY, type Workspace } from './workspaces.ts'

const LABELS: Readonly<Record<string, string>> = {
  keyRateLimitPerMinute: 'Requests per minute, each key',
  rateLimitPerMinute: 'Requests per minute, all keys',
  statementTimeoutMs: 'Statement timeout in milliseconds',
  maxConcurrentStatements: 'Concurrent slow statements',
  maxBatchRecords: 'Records in one batch',
  maxRecords: 'Quota of records',
  maxBytes: 'Quota of bytes',
  maxObjects: 'Quota of objects',
  maxWebhooks: 'Quota of webhooks',
}

interface LimitsDialogProps {
  readonly workspace: Workspace
  readonly onClose: () => void
}

type Values = Readonly<Record<string, number | ''>>

const valuesOf = (limits: Limits): Values =>
  Object.fromEntries(Object.entries(limits).map(([name, limit]) => [name, limit ?? '']))

const changedIn = (values: Values, limits: Limits): Limits =>
  Object.fromEntries(
    Object.entries(values)
      .map(([name, value]) => [name, value === '' ? null : value] as const)
      .filter(([name, value]) => value !== (limits[name] ?? null)),
  )

const LimitsForm = ({ workspace, limits, onClose }: LimitsDialogProps & { readonly limits: Limits }) => {
  const api = useApi()
  const focus = useLateFocus()
  const { values, getInputProps } = useForm({ initialValues: valuesOf(limits) })
  const save = useMutation({
    mutationFn: (changed: Limits) => setLimits(api, workspace.id, changed),
    meta: {
      stale: [[...WORKSPACES_KEY, workspace.id]],
      done: () => `The limits of “${workspace.name}” were changed.`,
      showsFailure: true,
    },
  })
  const submit = () => {
    const changed = changedIn(values, limits)
    if (Object.keys(changed).length === 0) onClose()
    else save.mutate(changed, { onSuccess: onClose })
  }
  return (
    <DialogForm
      ref={focus}
      action="Save limits"
      mutation={save}
      input={values}
      onSubmit={submit}
      onCancel={onClose}
    >
      {Object.keys(limits).map((name, index) => (
        <NumberInput
          key={name}
          label={LABELS[name] ?? name}
          description="Leave empty for the gateway’s default"
          min={1}
          allowDecimal={false}
          thousandSeparator=" "
          {...(index === 0 ? { 'data-autofocus': true } : {})}
          {...getInputProps(name)}
        />
      ))}
    </DialogForm>
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
