// Where the browser begins. In: an empty page; out: the console in it.

import './styles.ts'
import './global.css'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueries } from './api/queries.ts'
import { App } from './app.tsx'
import { ConfirmProvider } from './parts/confirm.tsx'
import { watchHistory } from './parts/history.ts'
import { NotificationProvider } from './parts/notifications.tsx'
import { UnsavedProvider } from './parts/unsaved.tsx'
import { SessionProvider } from './session/provider.tsx'
import { resolveVariables, theme } from './theme.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no place for the console.')

watchHistory()
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={resolveVariables} defaultColorScheme="auto">
      <QueryClientProvider client={createQueries()}>
        <NotificationProvider>
          <ConfirmProvider>
            <UnsavedProvider>
              <SessionProvider>
                <App />
              </SessionProvider>
            </UnsavedProvider>
          </ConfirmProvider>
        </NotificationProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
