// Modals and drawers, stacked in the order in which they open (layer.ts). Closing returns focus to the
// opener, which Mantine does only for dialogs that stay mounted, and asks before it discards input.

import {
  type DrawerProps,
  Drawer as MantineDrawer,
  Modal as MantineModal,
  type ModalProps,
} from '@mantine/core'
import { type RefObject, useEffect, useId, useRef, useState } from 'react'
import { DialogContext, useMayDiscard } from '../form/unsaved.tsx'
import { isDialogOpen, useLayer } from './layer.ts'

/** The focused element; for a menu item, which is about to disappear, the menu's button. */
const focused = (): Element | null => {
  const active = document.activeElement
  const label = active?.closest('[role=menu]')?.getAttribute('aria-labelledby')
  return label === null || label === undefined ? active : document.getElementById(label)
}

const useReturnedFocus = (): void => {
  const [opener] = useState(focused)
  useEffect(
    () => () => {
      const { activeElement: active } = document
      // An element in a dialog that fades out is about to lose focus.
      const isFading = !isDialogOpen() && active?.closest('[role=dialog]') != null
      const hasNewFocus = active !== null && active !== document.body && !isFading
      if (!hasNewFocus && opener instanceof HTMLElement && opener.isConnected) opener.focus()
    },
    [opener],
  )
}

/** For a form that renders after its dialog: focuses its `data-autofocus`. */
export const useLateFocus = (): RefObject<HTMLFormElement | null> => {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus(), [])
  return form
}

type DialogProps = Pick<ModalProps, 'opened' | 'onClose' | 'closeOnEscape'>

/** Stacking, Escape and closing, decided among all open dialogs. */
const useDialog = ({ opened, onClose, closeOnEscape = true }: DialogProps) => {
  useReturnedFocus()
  const id = useId()
  const mayDiscard = useMayDiscard()
  const close = async () => {
    if (await mayDiscard(id)) onClose()
  }
  const zIndex = useLayer(opened, () => {
    if (closeOnEscape) void close()
  })
  return { id, props: { zIndex, closeOnEscape: false, onClose: () => void close() } }
}

export const Modal = ({ children, ...props }: ModalProps) => {
  const dialog = useDialog(props)
  return (
    <MantineModal {...props} {...dialog.props}>
      <DialogContext value={dialog.id}>{children}</DialogContext>
    </MantineModal>
  )
}

export const Drawer = ({ children, ...props }: DrawerProps) => {
  const dialog = useDialog(props)
  return (
    <MantineDrawer {...props} {...dialog.props}>
      <DialogContext value={dialog.id}>{children}</DialogContext>
    </MantineDrawer>
  )
}
