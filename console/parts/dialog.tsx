// Dialogs that give the focus back to what had it when they were opened. Mantine's do so as long as they stay mounted; ours come and
// go with what they are about.

import {
  type DrawerProps,
  Drawer as MantineDrawer,
  Modal as MantineModal,
  type ModalProps,
} from '@mantine/core'
import { type RefObject, useEffect, useRef, useState } from 'react'

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
      const hasNewFocus = document.activeElement !== null && document.activeElement !== document.body
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

export const Modal = (props: ModalProps) => {
  useReturnedFocus()
  return <MantineModal {...props} />
}

export const Drawer = (props: DrawerProps) => {
  useReturnedFocus()
  return <MantineDrawer {...props} />
}
