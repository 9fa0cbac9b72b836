// Renders the notices as a live region.

import { Notification, Stack, Text } from '@mantine/core'
import { useSyncExternalStore } from 'react'
import type { Notices } from './notices.ts'
import classes from './notifications.module.css'

export const Notifications = ({ notices }: { readonly notices: Notices }) => {
  const shown = useSyncExternalStore(notices.subscribe, notices.get)
  return (
    <Stack gap="xs" className={classes.region} aria-live="polite" aria-label="Messages" role="region">
      {shown.map(({ id, kind, title, text }) => (
        <Notification
          key={id}
          role={kind === 'failure' ? 'alert' : 'status'}
          color={kind === 'failure' ? 'red' : 'pine'}
          title={title}
          withBorder
          closeButtonProps={{ 'aria-label': 'Close message' }}
          onClose={() => notices.close(id)}
        >
          {text === undefined ? null : <Text size="sm">{text}</Text>}
        </Notification>
      ))}
    </Stack>
  )
}
