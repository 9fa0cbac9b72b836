// The short messages in the corner: a store outside React, so that the mutation cache can add to it. Notices
// of success expire; failures stay until they are closed.

import { failureOf } from '../api/failure.ts'

export interface Message {
  readonly kind: 'success' | 'failure'
  readonly title: string
  readonly text?: string | undefined
}

export interface Notice extends Message {
  readonly id: number
}

export interface Notices {
  readonly notify: (message: Message) => void
  /** Message and hint of a failed request. */
  readonly notifyFailure: (error: unknown) => void
  readonly close: (id: number) => void
  readonly get: () => readonly Notice[]
  /** @returns unsubscribes. */
  readonly subscribe: (onChange: () => void) => () => void
}

const SHOWN_MS = 5000
const MAX_SHOWN = 4

const waitOf = (seconds: number | null): string | null =>
  seconds === null ? null : `Try again in ${seconds} second${seconds === 1 ? '' : 's'}.`

const messageOf = (error: unknown): Message => {
  const { message, hint, retryAfterSeconds } = failureOf(error)
  const text = [waitOf(retryAfterSeconds), hint].flatMap((sentence) => sentence ?? []).join(' ')
  return { kind: 'failure', title: message, text: text === '' ? undefined : text }
}

export const createNotices = (): Notices => {
  let shown: readonly Notice[] = []
  let lastId = 0
  const listeners = new Set<() => void>()
  const show = (next: readonly Notice[]): void => {
    shown = next
    for (const listener of listeners) listener()
  }
  const close = (id: number): void => show(shown.filter((notice) => notice.id !== id))
  const notify = (message: Message): void => {
    lastId += 1
    const id = lastId
    show([...shown, { ...message, id }].slice(-MAX_SHOWN))
    if (message.kind === 'success') setTimeout(() => close(id), SHOWN_MS)
  }
  return {
    notify,
    notifyFailure: (error) => notify(messageOf(error)),
    close,
    get: () => shown,
    subscribe: (onChange) => {
      listeners.add(onChange)
      return () => listeners.delete(onChange)
    },
  }
}
