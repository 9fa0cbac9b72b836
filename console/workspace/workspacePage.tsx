// Settings of the workspace: its names, the default role of members, and retention.

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Query } from '../parts/query.tsx'
import { useApi, useSession } from '../session/provider.tsx'
import { readSettings, SETTINGS_KEY } from './settings.ts'
import { SettingsForm } from './settingsForm.tsx'

const WorkspacePage = () => {
  const api = useApi()
  const { flags } = useSession()
  const settings = useQuery({ queryKey: SETTINGS_KEY, queryFn: () => readSettings(api) })
  return (
    <>
      <PageHeader
        title="Workspace"
        text="Names, the default role of members, and retention."
        actions={
          flags.includes('SECURITY') ? (
            <Button component={Link} href="/workspace/audit" variant="default">
              Audit log
            </Button>
          ) : undefined
        }
      />
      <Query of={settings} rows={4} rowHeight={88}>
        {(known) => <SettingsForm settings={known} />}
      </Query>
    </>
  )
}

export default WorkspacePage
