// The last look at a change before it is made. In: the change and the plan of its dry run; out: the plan,
// with a button that applies it. What was true a moment ago may not be any more: a refusal is shown here too,
// in the gateway's words.

import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useNotifier } from '../parts/notifications.tsx'
import { type Change, type Plan, useChanges } from './change.ts'
import { Faults } from './faults.tsx'
import classes from './model.module.css'
import { PlanView } from './planView.tsx'

export interface ChangeReviewProps {
  readonly change: Change
  readonly plan: Plan
  /** Back to the form, or away. */
  readonly backLabel: string
  readonly onBack: () => void
  readonly onDone: () => void
}

export const ChangeReview = ({ change, plan, backLabel, onBack, onDone }: ChangeReviewProps) => {
  const { apply } = useChanges()
  const { notify } = useNotifier()
  const [typed, setTyped] = useState('')
  const applied = useMutation({
    mutationFn: () => apply(change),
    onSuccess: () => {
      notify({ kind: 'success', title: change.done })
      onDone()
    },
  })
  // The button that led here is gone, and the keyboard with it: it goes on at the plan.
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [])
  return (
    <Stack ref={box} tabIndex={-1} className={classes.review ?? ''}>
      <PlanView plan={plan} />
      {change.typed === undefined ? null : (
        <TextInput
          label={`Type “${change.typed}” to confirm`}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      {applied.error === null ? null : <Faults error={applied.error} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onBack}>
          {backLabel}
        </Button>
        <Button
          disabled={change.typed !== undefined && typed !== change.typed}
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
