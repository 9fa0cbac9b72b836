// The stack of open dialogs. A dialog is above every dialog that opened before it, and Escape closes only the
// topmost. Popovers (300) and notices (500) are above all dialogs, which start at 200 as Mantine's do.

import { useEffect, useEffectEvent, useLayoutEffect, useRef, useSyncExternalStore } from 'react'

const LOWEST = 200
/** A closing dialog keeps its layer until it has faded out. */
const FADE_MS = 300

interface Layer {
  readonly zIndex: number
  readonly isOpen: boolean
}

let layers: ReadonlyMap<symbol, Layer> = new Map()
const listeners = new Set<() => void>()

const publish = (next: ReadonlyMap<symbol, Layer>): void => {
  layers = next
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

const open = (id: symbol): void => {
  const highest = Math.max(LOWEST - 1, ...[...layers.values()].map(({ zIndex }) => zIndex))
  publish(new Map(layers).set(id, { zIndex: highest + 1, isOpen: true }))
}

const close = (id: symbol): void => {
  const layer = layers.get(id)
  if (layer === undefined) return
  publish(new Map(layers).set(id, { ...layer, isOpen: false }))
  setTimeout(() => {
    if (layers.get(id)?.isOpen === false) publish(new Map([...layers].filter(([other]) => other !== id)))
  }, FADE_MS)
}

const topmost = (): symbol | undefined =>
  [...layers]
    .filter(([, { isOpen }]) => isOpen)
    .toSorted(([, a], [, b]) => b.zIndex - a.zIndex)
    .map(([id]) => id)[0]

export const isDialogOpen = (): boolean => topmost() !== undefined

/** An open list, menu or popover handles the key itself. */
const isForPopover = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  (target.getAttribute('data-mantine-stop-propagation') === 'true' ||
    target.closest('[aria-expanded="true"][aria-haspopup], [role="menu"], [role="listbox"]') !== null)

/** @returns the z-index of the dialog. */
export const useLayer = (isOpen: boolean, onEscape: () => void): number => {
  const { current: id } = useRef(Symbol('dialog'))
  const zIndex = useSyncExternalStore(subscribe, () => layers.get(id)?.zIndex ?? LOWEST)
  useLayoutEffect(() => {
    if (!isOpen) return
    open(id)
    return () => close(id)
  }, [id, isOpen])
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.isComposing || topmost() !== id || isForPopover(event.target)) return
    // Closing makes another dialog the topmost: the same key press must not close that one too.
    event.stopImmediatePropagation()
    onEscape()
  })
  useEffect(() => {
    if (!isOpen) return
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [isOpen])
  return zIndex
}
