// Confirmation of a change that needs no form: a dialog with the plan of its dry run.

import { Button, Group, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Modal } from '../parts/dialog.tsx'
import { Loading } from '../parts/loading.tsx'
import { useApi } from '../session/provider.tsx'
import { type Change, planChange } from './change.ts'
import { ChangeReview } from './changeReview.tsx'
import { Faults } from './faults.tsx'

interface ConfirmationProps {
  readonly change: Change
  readonly onClose: () => void
  readonly onDone: () => void
}

const Confirmation = ({ change, onClose, onDone }: ConfirmationProps) => {
  const api = useApi()
  const dryRun = useQuery({
    queryKey: ['plan', change],
    queryFn: () => planChange(api, change),
    // A plan holds only for the moment of its dry run.
    staleTime: 0,
    gcTime: 0,
    retry: false,
  })
  if (dryRun.isSuccess)
    return (
      <ChangeReview change={change} plan={dryRun.data} backLabel="Cancel" onBack={onClose} onDone={onDone} />
    )
  if (dryRun.isPending) return <Loading rows={4} />
  return (
    <Stack>
      <Faults error={dryRun.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </Stack>
  )
}

/** @returns a function that opens the dialog for a change, and the dialog. */
export const useChangeConfirmation = (
  onDone?: (change: Change) => void,
): [(change: Change) => void, ReactNode] => {
  const [change, setChange] = useState<Change | null>(null)
  const [isOpen, setIsOpen] = useState(false)
  const close = () => setIsOpen(false)
  const dialog = (
    <Modal
      opened={isOpen}
      onClose={close}
      onExitTransitionEnd={() => setChange(null)}
      title={change?.title}
      size="lg"
    >
      {change === null ? null : (
        <Confirmation
          change={change}
          onClose={close}
          onDone={() => {
            close()
            onDone?.(change)
          }}
        />
      )}
    </Modal>
  )
  const confirm = (next: Change) => {
    setChange(next)
    setIsOpen(true)
  }
  return [confirm, dialog]
}
