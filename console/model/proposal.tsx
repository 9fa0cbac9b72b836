// Changes without a form: a switch was flipped, something is to go. In: `propose(change)` from a page; out: a
// dialog with what it would do.

import { Button, Group, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Modal } from '../parts/dialog.tsx'
import { Loading } from '../parts/loading.tsx'
import { type Change, useChanges } from './change.ts'
import { ChangeReview } from './changeReview.tsx'
import { Faults } from './faults.tsx'

interface ProposalProps {
  readonly change: Change
  readonly onClose: () => void
  readonly onDone: () => void
}

const Proposal = ({ change, onClose, onDone }: ProposalProps) => {
  const { plan } = useChanges()
  const dryRun = useQuery({
    queryKey: ['plan', change],
    queryFn: () => plan(change),
    // A plan is true for the moment that it was made in.
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

export const useProposal = (onDone?: (change: Change) => void): [(change: Change) => void, ReactNode] => {
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
        <Proposal
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
  const propose = (next: Change) => {
    setChange(next)
    setIsOpen(true)
  }
  return [propose, dialog]
}
