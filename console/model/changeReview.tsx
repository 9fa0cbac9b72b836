// Review of a change: the plan of its dry run and a button that applies it. Applying may be refused too: the
// model can have changed since the dry run.

import { Button, Checkbox, Group, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useApi } from '../session/provider.tsx'
import { APPLYING, applyChange, type Change, type Plan, rewritesLargeTable } from './change.ts'
import { Faults } from './faults.tsx'
import classes from './model.module.css'
import { PlanView } from './planView.tsx'

interface ChangeReviewProps {
  readonly change: Change
  readonly plan: Plan
  /** “Back” to the form, or “Cancel”. */
  readonly backLabel: string
  readonly onBack: () => void
  readonly onDone: () => void
}

export const ChangeReview = ({ change, plan, backLabel, onBack, onDone }: ChangeReviewProps) => {
  const api = useApi()
  const [typed, setTyped] = useState('')
  const [mayRewrite, setMayRewrite] = useState(false)
  const needsRewrite = rewritesLargeTable(plan)
  const applied = useMutation({
    mutationFn: (confirmed: Change) => applyChange(api, confirmed, mayRewrite),
    meta: APPLYING,
    onSuccess: onDone,
  })
  // The button that led here is gone: the keyboard goes on at the plan.
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [])
  return (
    <Stack ref={box} tabIndex={-1} className={classes.review ?? ''}>
      <PlanView plan={plan} />
      {needsRewrite ? (
        <Checkbox
          label="Rewrite the table now"
          checked={mayRewrite}
          onChange={(event) => setMayRewrite(event.currentTarget.checked)}
        />
      ) : null}
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
          disabled={(change.typed !== undefined && typed !== change.typed) || (needsRewrite && !mayRewrite)}
          loading={applied.isPending}
          {...(change.isDangerous === true ? { color: 'red' } : {})}
          onClick={() => applied.mutate(change)}
        >
          Apply
        </Button>
      </Group>
    </Stack>
  )
}
