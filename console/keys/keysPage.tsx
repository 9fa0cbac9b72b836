// APIs & Webhooks: the API keys of the workspace with links into its API, and its webhooks.

import { Button } from '@mantine/core'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { EmptyState } from '../parts/emptyState.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Query } from '../parts/query.tsx'
import { useApi, useSession } from '../session/provider.tsx'
import { ApiLinks } from './apiLinks.tsx'
import type { OpenDialog } from './dialogs.tsx'
import { KEY_ROLES_KEY, KEYS_KEY, readKeyRoles, readKeys } from './keys.ts'
import classes from './keysPage.module.css'
import { KeyTable, type KeyTableProps } from './keyTable.tsx'
import { NoPermission } from './noPermission.tsx'
import { useKeyActions } from './useKeyActions.tsx'

const Dialogs = lazy(() => import('./dialogs.tsx'))

const WebhooksTab = lazy(() => import('../webhooks/webhooksTab.tsx'))

const KEY_ICON = <IconKey size={32} stroke={1.5} aria-hidden />

interface KeysProps extends Pick<KeyTableProps, 'onAction'> {
  readonly create: ReactNode
}

const Keys = ({ create, onAction }: KeysProps) => {
  const api = useApi()
  const keys = useQuery({ queryKey: KEYS_KEY, queryFn: () => readKeys(api) })
  return (
    <Query of={keys} rows={4} rowHeight={44}>
      {(all) =>
        all.length === 0 ? (
          <EmptyState
            icon={KEY_ICON}
            title="No keys yet"
            text="Create one to call the API from a program. The playgrounds below work without a key."
            action={create}
          />
        ) : (
          <KeyTable keys={all} onAction={onAction} />
        )
      }
    </Query>
  )
}

const TABS = [
  { value: 'keys', label: 'API keys', href: '/api' },
  { value: 'webhooks', label: 'Webhooks', href: '/api?tab=webhooks' },
] as const

type Tab = (typeof TABS)[number]['value']

const TEXTS: Readonly<Record<Tab, string>> = {
  keys: 'API keys give programs access to this workspace. The role of a key decides what it can see and do.',
  webhooks:
    'Webhooks send changes of records to other programs. They see what the role of their creator can see.',
}

/** The tab is part of the URL. */
const useTab = (): Tab => {
  const [search] = useSearchParams()
  return TABS.find(({ value }) => value === search.get('tab'))?.value ?? 'keys'
}

const KeysPage = () => {
  const api = useApi()
  const { flags } = useSession()
  const mayManage = flags.includes('API_KEYS_AND_WEBHOOKS')
  const roles = useQuery({ queryKey: KEY_ROLES_KEY, queryFn: () => readKeyRoles(api), enabled: mayManage })
  const act = useKeyActions()
  const tab = useTab()
  const [dialog, setDialog] = useState<OpenDialog | null>(null)
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
      <PageHeader
        title="APIs & Webhooks"
        text={TEXTS[tab]}
        actions={mayManage && tab === 'keys' ? create : undefined}
      />
      <nav aria-label="Parts of the page" className={classes.parts}>
        {TABS.map(({ value, label, href }) => (
          <Link key={value} href={href} replace aria-current={value === tab ? 'page' : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      <div className={classes.sections}>
        {!mayManage ? <NoPermission /> : tab === 'keys' ? <Keys create={create} onAction={onAction} /> : null}
        {tab === 'keys' ? (
          <ApiLinks />
        ) : mayManage ? (
          <Suspense fallback={<Loading rows={3} />}>
            <WebhooksTab />
          </Suspense>
        ) : null}
      </div>
      {dialog === null ? null : (
        <Suspense fallback={null}>
          <Dialogs
            dialog={dialog}
            roles={roles.data ?? []}
            onShow={(fresh) => setDialog({ kind: 'token', fresh })}
            onClose={() => setDialog(null)}
          />
        </Suspense>
      )}
    </>
  )
}

export default KeysPage
