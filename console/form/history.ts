// Guards the browser's own navigation: back and forward, closing the tab, reloading. The page stays until the
// question about unsaved input is answered. `popstate` fires after the move, so the move is undone first.

interface HistoryGuard {
  readonly isHeld: () => boolean
  readonly mayLeave: () => Promise<boolean>
}

const KEY = 'tenantryPlace'

const placeIn = (state: unknown): number | null =>
  typeof state === 'object' && state !== null && KEY in state && typeof state[KEY] === 'number'
    ? state[KEY]
    : null

let place = 0
let guard: HistoryGuard | null = null
/** Number of pending moves made here, which ask no question. */
let ownMoves = 0

const stamped = (state: unknown): unknown => ({
  ...(typeof state === 'object' && state !== null ? state : {}),
  [KEY]: place,
})

const onPopState = (event: PopStateEvent): void => {
  const to = placeIn(event.state)
  if (ownMoves > 0) {
    ownMoves -= 1
    event.stopImmediatePropagation()
    return
  }
  // An anchor within the page, or an entry older than this page: nothing is lost, or nothing can be done.
  if (to === null || to === place) return
  const steps = to - place
  if (guard === null || !guard.isHeld()) {
    place = to
    return
  }
  event.stopImmediatePropagation()
  ownMoves += 1
  window.history.go(-steps)
  void guard.mayLeave().then((may) => {
    if (may) window.history.go(steps)
  })
}

const onBeforeUnload = (event: BeforeUnloadEvent): void => {
  if (guard?.isHeld() === true) event.preventDefault()
}

/** Numbers the entries of the history. Call it before other listeners are added. */
export const watchHistory = (): void => {
  const { pushState, replaceState } = window.history
  place = placeIn(window.history.state) ?? 0
  window.history.pushState = (state, unused, url) => {
    place += 1
    pushState.call(window.history, stamped(state), unused, url)
  }
  window.history.replaceState = (state, unused, url) =>
    replaceState.call(window.history, stamped(state), unused, url)
  window.history.replaceState(window.history.state, '')
  window.addEventListener('popstate', onPopState, { capture: true })
  window.addEventListener('beforeunload', onBeforeUnload)
}

export const guardHistory = (next: HistoryGuard): (() => void) => {
  guard = next
  return () => {
    if (guard === next) guard = null
  }
}
