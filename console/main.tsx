// Entry point: mounts the console.

import './styles.ts'
import './global.css'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueries } from './api/queries.ts'
import { App } from './app.tsx'
import { watchHistory } from './form/history.ts'
import { UnsavedProvider } from './form/unsaved.tsx'
import { ConfirmProvider } from './parts/confirm.tsx'
import { createNotices } from './parts/notices.ts'
import { Notifications } from './parts/notifications.tsx'
import { SessionProvider } from './session/provider.tsx'
import { resolveVariables, theme } from './theme.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no element with the id “root”.')

watchHistory()
const notices = createNotices()
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={resolveVariables} defaultColorScheme="auto">
      <QueryClientProvider client={createQueries(notices)}>
        <ConfirmProvider>
          <UnsavedProvider>
            <SessionProvider>
              <App />
            </SessionProvider>
          </UnsavedProvider>
        </ConfirmProvider>
        <Notifications notices={notices} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
