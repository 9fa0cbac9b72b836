// Changes without a form: a switch was flipped, something is to go. In: `propose(change)` from a page; out: a dialog with what it would do.

import { Modal } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { Change } from './change.ts'
import { ChangeReview } from './changeReview.tsx'

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
        <ChangeReview
          change={change}
          backLabel="Cancel"
          onBack={close}
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
