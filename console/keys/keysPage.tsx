// APIs & Webhooks: the API keys of the workspace, and links into its API.

import { Button, Stack } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useSession } from '../session/provider.tsx'
import { ApiHeader } from './apiHeader.tsx'
import { ApiLinks } from './apiLinks.tsx'
import type { OpenKeyDialog } from './dialogs.tsx'
import { KeyList } from './keyList.tsx'
import type { KeyTableProps } from './keyTable.tsx'
import { NoPermission } from './noPermission.tsx'
import { useKeyActions } from './useKeyActions.tsx'

const Dialogs = lazy(() => import('./dialogs.tsx'))

const KeysPage = () => {
  const { flags } = useSession()
  const mayManage = flags.includes('API_KEYS_AND_WEBHOOKS')
  const act = useKeyActions()
  const [dialog, setDialog] = useState<OpenKeyDialog | null>(null)
  const onAction: KeyTableProps['onAction'] = (action, key) => {
    if (action === 'edit' || action === 'regenerate') setDialog({ kind: action, key })
    else void act(action, key)
  }
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setDialog({ kind: 'new' })}>
      Create key
    </Button>
  )
  return (
    <>
      <ApiHeader
        path="/api"
        text="API keys give programs access to this workspace. The role of a key decides what it can see and do."
        actions={mayManage ? create : undefined}
      />
      <Stack gap={24}>
        {mayManage ? <KeyList create={create} onAction={onAction} /> : <NoPermission />}
        <ApiLinks />
      </Stack>
      {dialog === null ? null : (
        <Suspense fallback={null}>
          <Dialogs
            dialog={dialog}
            onShow={(fresh) => setDialog({ kind: 'token', fresh })}
            onClose={() => setDialog(null)}
          />
        </Suspense>
      )}
    </>
  )
}

export default KeysPage
