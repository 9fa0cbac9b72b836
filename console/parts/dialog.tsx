// Dialogs and drawers in the order in which they opened (layer.ts). They give the focus back to what had it
// when they were opened; Mantine's do so as long as they stay mounted, ours come and go with what they are
// about. Closing one asks before it discards what was typed in it.

import {
  type DrawerProps,
  Drawer as MantineDrawer,
  Modal as MantineModal,
  type ModalProps,
} from '@mantine/core'
import { type RefObject, useEffect, useId, useRef, useState } from 'react'
import { isDialogOpen, useLayer } from './layer.ts'
import { DialogContext, useMayDiscard } from './unsaved.tsx'

/** What has the focus now; of an item of a menu, which will be gone by then, the menu's button. */
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
      // What still has the focus in a dialog that fades out is about to lose it.
      const isFading = !isDialogOpen() && active?.closest('[role=dialog]') != null
      const hasNewFocus = active !== null && active !== document.body && !isFading
      if (!hasNewFocus && opener instanceof HTMLElement && opener.isConnected) opener.focus()
    },
    [opener],
  )
}

/** For a form that comes after its dialog: gives the focus to what is marked `data-autofocus`. */
export const useLateFocus = (): RefObject<HTMLFormElement | null> => {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus(), [])
  return form
}

type DialogProps = Pick<ModalProps, 'opened' | 'onClose' | 'closeOnEscape'>

/** What Mantine decides for each dialog alone is decided among all of them. */
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
