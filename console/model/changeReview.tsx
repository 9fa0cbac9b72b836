// The last look at a change before it is made. In: a change; out: what a dry run says of it, with a button that applies it. A refusal is
// shown here in the gateway's words, with the way back to whatever form the change came from.

import { Alert, Button, Group, List, Stack, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Loading } from '../parts/loading.tsx'
import { useNotifier } from '../parts/notifications.tsx'
import { type Change, useChanges } from './change.ts'
import { faultsOf } from './faults.ts'
import { PlanView } from './planView.tsx'

export const Faults = ({ error }: { readonly error: unknown }) => {
  const faults = faultsOf(error)
  return (
    <Alert role="alert" color="red" title="The change is refused">
      {faults.length === 1 ? (
        faults[0]
      ) : (
        <List size="sm">
          {faults.map((fault) => (
            <List.Item key={fault}>{fault}</List.Item>
          ))}
        </List>
      )}
    </Alert>
  )
}

export interface ChangeReviewProps {
  readonly change: Change
  /** Back to the form, or away. */
  readonly backLabel: string
  readonly onBack: () => void
  readonly onDone: () => void
}

export const ChangeReview = ({ change, backLabel, onBack, onDone }: ChangeReviewProps) => {
  const { plan, apply } = useChanges()
  const { notify } = useNotifier()
  const id = useId()
  const [typed, setTyped] = useState('')
  const dryRun = useQuery({
    queryKey: ['plan', id, change],
    queryFn: () => plan(change),
    // A plan is true for the moment that it was made in.
    staleTime: 0,
    gcTime: 0,
    retry: false,
  })
  const applied = useMutation({
    mutationFn: () => apply(change),
    onSuccess: () => {
      notify({ kind: 'success', title: change.done })
      onDone()
    },
  })
  const isReady = dryRun.isSuccess && (change.typed === undefined || typed === change.typed)
  const error = applied.error ?? dryRun.error
  return (
    <Stack>
      {error === null ? null : <Faults error={error} />}
      {dryRun.isPending ? <Loading rows={4} /> : null}
      {dryRun.data === undefined ? null : <PlanView plan={dryRun.data} />}
      {change.typed === undefined || !dryRun.isSuccess ? null : (
        <TextInput
          label={`Type “${change.typed}” to confirm`}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onBack}>
          {backLabel}
        </Button>
        <Button
          disabled={!isReady}
          loading={applied.isPending}
          {...(change.isDangerous === true ? { color: 'red' } : {})}
          onClick={() => applied.mutate()}
        >
          Apply
        </Button>
      </Group>
    </Stack>
  )
}
