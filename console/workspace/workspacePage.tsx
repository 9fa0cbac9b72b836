// The workspace itself: its names, what new members may do, and how long things are kept. Whoever may not
// change it reads why.

import { useQuery } from '@tanstack/react-query'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Query } from '../parts/query.tsx'
import { useApi } from '../session/provider.tsx'
import { readSettings, SETTINGS_KEY } from './settings.ts'
import { SettingsForm } from './settingsForm.tsx'

const WorkspacePage = () => {
  const api = useApi()
  const settings = useQuery({ queryKey: SETTINGS_KEY, queryFn: () => readSettings(api) })
  return (
    <>
      <PageHeader
        title="Workspace"
        text="Its names, the role of new members, and how long things are kept."
      />
      <Query of={settings} rows={4} rowHeight={88}>
        {(known) => <SettingsForm key={known.metadataVersion} settings={known} />}
      </Query>
    </>
  )
}

export default WorkspacePage
