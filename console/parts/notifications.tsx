// Short messages in the corner. In: `notify(…)` from any page; out: a message that screen readers hear;
// successes leave by themselves, failures stay until they are read.

import { Notification, Stack, Text } from '@mantine/core'
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react'
import { failureOf } from '../api/failure.ts'
import classes from './notifications.module.css'

export interface Message {
  readonly kind: 'success' | 'failure'
  readonly title: string
  readonly text?: string | undefined
}

export interface Notifier {
  readonly notify: (message: Message) => void
  /** A failure of a request: its sentence and hint. */
  readonly notifyFailure: (error: unknown) => void
}

const NotificationContext = createContext<Notifier | null>(null)

const SHOWN_MS = 5000
const MAX_SHOWN = 4

const wait = (seconds: number | null): string | null =>
  seconds === null ? null : `Try again in ${seconds} second${seconds === 1 ? '' : 's'}.`

export const NotificationProvider = ({ children }: { readonly children: ReactNode }) => {
  const [messages, setMessages] = useState<readonly (Message & { readonly id: number })[]>([])
  const lastId = useRef(0)
  const close = useCallback((id: number) => setMessages((all) => all.filter((one) => one.id !== id)), [])

  const notify = useCallback(
    (message: Message) => {
      lastId.current += 1
      const id = lastId.current
      setMessages((all) => [...all, { ...message, id }].slice(-MAX_SHOWN))
      if (message.kind === 'success') setTimeout(() => close(id), SHOWN_MS)
    },
    [close],
  )
  const notifier = useMemo(
    (): Notifier => ({
      notify,
      notifyFailure: (error) => {
        const { message, hint, retryAfterSeconds } = failureOf(error)
        const text = [wait(retryAfterSeconds), hint].flatMap((sentence) => sentence ?? []).join(' ')
        notify({ kind: 'failure', title: message, text: text === '' ? undefined : text })
      },
    }),
    [notify],
  )
  return (
    <NotificationContext value={notifier}>
      {children}
      <Stack gap="xs" className={classes.region} aria-live="polite" aria-label="Messages" role="region">
        {messages.map(({ id, kind, title, text }) => (
          <Notification
            key={id}
            role={kind === 'failure' ? 'alert' : 'status'}
            color={kind === 'failure' ? 'red' : 'pine'}
            title={title}
            withBorder
            closeButtonProps={{ 'aria-label': 'Close message' }}
            onClose={() => close(id)}
          >
            {text === undefined ? null : <Text size="sm">{text}</Text>}
          </Notification>
        ))}
      </Stack>
    </NotificationContext>
  )
}

export const useNotifier = (): Notifier => {
  const notifier = useContext(NotificationContext)
  if (notifier === null)
    throw new Error('This part of the console must stand inside its NotificationProvider.')
  return notifier
}
