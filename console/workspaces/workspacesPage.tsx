// Workspaces, for operators.

import { Button, TextInput } from '@mantine/core'
import { IconBuildings, IconPlus, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { EmptyState } from '../parts/emptyState.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Query } from '../parts/query.tsx'
import { useApi } from '../session/provider.tsx'
import { LimitsDialog } from './limitsDialog.tsx'
import { LinkDialog } from './linkDialog.tsx'
import { NewWorkspaceDialog } from './newWorkspaceDialog.tsx'
import { useWorkspaceActions } from './useWorkspaceActions.tsx'
import { readWorkspaces, WORKSPACES_KEY, type Workspace } from './workspaces.ts'
import { WorkspaceTable, type WorkspaceTableProps } from './workspaceTable.tsx'

type Dialog = { readonly kind: 'new' } | { readonly kind: 'limits' | 'link'; readonly workspace: Workspace }

const matches = ({ name, subdomain, id }: Workspace, search: string): boolean =>
  `${name} ${subdomain} ${id}`.toLowerCase().includes(search.trim().toLowerCase())

const NoWorkspaces = ({ create }: { readonly create: ReactNode }) => (
  <EmptyState
    icon={<IconBuildings size={32} stroke={1.5} aria-hidden />}
    title="No workspaces yet"
    text="A workspace starts with companies, people, opportunities, notes and tasks, or empty."
    action={create}
  />
)

const Search = ({ workspaces, onAction }: WorkspaceTableProps) => {
  const [search, setSearch] = useState('')
  const found = workspaces.filter((workspace) => matches(workspace, search))
  return (
    <>
      <TextInput
        aria-label="Find a workspace"
        placeholder={`Find one of ${workspaces.length}`}
        leftSection={<IconSearch size={16} aria-hidden />}
        maw={320}
        mb="sm"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {found.length === 0 ? (
        <EmptyState
          title="No matching workspace"
          text="Search for a part of its name, its subdomain or its id."
        />
      ) : (
        <WorkspaceTable workspaces={found} onAction={onAction} />
      )}
    </>
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
  const api = useApi()
  const workspaces = useQuery({ queryKey: WORKSPACES_KEY, queryFn: () => readWorkspaces(api) })
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
      <Query of={workspaces} rows={6} rowHeight={52}>
        {(all) =>
          all.length === 0 ? (
            <NoWorkspaces create={create} />
          ) : (
            <Search workspaces={all} onAction={onAction} />
          )
        }
      </Query>
      <OpenDialog dialog={dialog} onChange={setDialog} />
    </>
  )
}

export default WorkspacesPage
