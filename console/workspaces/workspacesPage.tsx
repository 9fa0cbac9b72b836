// Workspaces, for operators.

import { Button } from '@mantine/core'
import { IconBuildings, IconPlus } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { PagedList } from '../list/pagedList.tsx'
import { EmptyState } from '../parts/emptyState.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { useApi } from '../session/provider.tsx'
import { LimitsDialog } from './limitsDialog.tsx'
import { LinkDialog } from './linkDialog.tsx'
import { NewWorkspaceDialog } from './newWorkspaceDialog.tsx'
import { useWorkspaceActions } from './useWorkspaceActions.tsx'
import { readWorkspaces, WORKSPACES_KEY, type Workspace } from './workspaces.ts'
import { WorkspaceTable, type WorkspaceTableProps } from './workspaceTable.tsx'

type Dialog = { readonly kind: 'new' } | { readonly kind: 'limits' | 'link'; readonly workspace: Workspace }

const NoWorkspaces = ({ create }: { readonly create: ReactNode }) => (
  <EmptyState
    icon={<IconBuildings size={32} stroke={1.5} aria-hidden />}
    title="No workspaces yet"
    text="A workspace starts with companies, people, opportunities, notes and tasks, or empty."
    action={create}
  />
)

const Workspaces = ({
  create,
  onAction,
}: { readonly create: ReactNode } & Pick<WorkspaceTableProps, 'onAction'>) => {
  const api = useApi()
  return (
    <PagedList
      queryKey={WORKSPACES_KEY}
      read={(search, after) => readWorkspaces(api, search, after)}
      find={{ label: 'Find a workspace', placeholder: 'Name, subdomain or id' }}
      alwaysSearches
      empty={<NoWorkspaces create={create} />}
      noMatch={{
        title: 'No matching workspace',
        text: 'Enter the first letters of any word in its name or subdomain, or its full id.',
      }}
      rows={6}
      rowHeight={52}
    >
      {(workspaces) => <WorkspaceTable workspaces={workspaces} onAction={onAction} />}
    </PagedList>
  )
}

interface OpenDialogProps {
  readonly dialog: Dialog | null
  readonly onChange: (dialog: Dialog | null) => void
}

const OpenDialog = ({ dialog, onChange }: OpenDialogProps) => {
  const close = () => onChange(null)
  switch (dialog?.kind) {
    case undefined:
      return null
    case 'new':
      return (
        <NewWorkspaceDialog
          // A new workspace needs a member who can sign in.
          onCreated={(workspace) =>
            onChange(workspace.hasStandardObjects ? { kind: 'link', workspace } : null)
          }
          onClose={close}
        />
      )
    case 'limits':
      return <LimitsDialog workspace={dialog.workspace} onClose={close} />
    case 'link':
      return <LinkDialog workspace={dialog.workspace} onClose={close} />
  }
}

const WorkspacesPage = () => {
  const act = useWorkspaceActions()
  const [dialog, setDialog] = useState<Dialog | null>(null)
  const onAction: WorkspaceTableProps['onAction'] = (action, workspace) => {
    if (action === 'limits' || action === 'link') setDialog({ kind: action, workspace })
    else void act(action, workspace)
  }
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setDialog({ kind: 'new' })}>
      Create workspace
    </Button>
  )
  return (
    <>
      <PageHeader
        title="Workspaces"
        text="Each workspace is a Postgres schema with its own API. Changes made here are audited."
        actions={create}
      />
      <Workspaces create={create} onAction={onAction} />
      <OpenDialog dialog={dialog} onChange={setDialog} />
    </>
  )
}

export default WorkspacesPage
