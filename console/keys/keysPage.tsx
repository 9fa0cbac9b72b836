// APIs & Webhooks: the keys of the workspace and the ways into its API. Each key is a role with an end; its
// token is shown when it is made and never again.

import { Button } from '@mantine/core'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { EmptyState } from '../parts/emptyState.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Query } from '../parts/query.tsx'
import { useApi, useSession } from '../session/provider.tsx'
import type { OpenDialog } from './dialogs.tsx'
import { Doors } from './doors.tsx'
import { type FreshToken, KEY_ROLES_KEY, KEYS_KEY, type Key, readKeyRoles, readKeys } from './keys.ts'
import classes from './keysPage.module.css'
import { type KeyAction, KeyTable } from './keyTable.tsx'
import { useKeyActions } from './useKeyActions.tsx'

const Dialogs = lazy(() => import('./dialogs.tsx'))

const KeysPage = () => {
  const api = useApi()
  const { flags } = useSession()
  const mayManage = flags.includes('API_KEYS_AND_WEBHOOKS')
  const keys = useQuery({ queryKey: KEYS_KEY, queryFn: () => readKeys(api), enabled: mayManage })
  const roles = useQuery({ queryKey: KEY_ROLES_KEY, queryFn: () => readKeyRoles(api), enabled: mayManage })
  const act = useKeyActions()
  const [dialog, setDialog] = useState<OpenDialog | null>(null)
  const close = () => setDialog(null)
  const show = (fresh: FreshToken) => setDialog({ kind: 'token', fresh })

  const onAction = (action: KeyAction, key: Key) => {
    if (action === 'edit' || action === 'regenerate') setDialog({ kind: action, key })
    else void act(action, key)
  }
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setDialog({ kind: 'new' })}>
      Create key
    </Button>
  )
  const known = roles.data ?? []
  return (
    <>
      <PageHeader
        title="APIs & Webhooks"
        text="API keys give programs access to this workspace. The role of a key decides what it can see and do."
        actions={mayManage ? create : undefined}
      />
      <div className={classes.sections}>
        {mayManage ? (
          <Query of={keys} rows={4} rowHeight={44}>
            {(all) =>
              all.length === 0 ? (
                <EmptyState
                  icon={<IconKey size={32} stroke={1.5} aria-hidden />}
                  title="No keys yet"
                  text="Create one to call the API from a program. The playgrounds below work without a key."
                  action={create}
                />
              ) : (
                <KeyTable keys={all} onAction={onAction} />
              )
            }
          </Query>
        ) : (
          <EmptyState
            icon={<IconKey size={32} stroke={1.5} aria-hidden />}
            title="You cannot manage keys"
            text="Your role lacks the permission “API keys and webhooks”. An administrator can grant it."
          />
        )}
        <Doors />
      </div>
      {dialog === null ? null : (
        <Suspense fallback={null}>
          <Dialogs dialog={dialog} roles={known} onShow={show} onClose={close} />
        </Suspense>
      )}
    </>
  )
}

export default KeysPage
