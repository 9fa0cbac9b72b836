// The form of the workspace's settings. In: the settings as they are; out: a change that holds only what was
// edited. What a role may not change is shown, not offered.

import { Alert, Code, NativeSelect, NumberInput, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { useState } from 'react'
import { Facts } from '../parts/facts.tsx'
import { Form } from '../parts/form.tsx'
import { Panel } from '../parts/panel.tsx'
import { SaveBar } from '../parts/saveBar.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi, useSession, useSessionActions } from '../session/provider.tsx'
import { DefaultRole } from './defaultRole.tsx'
import { changeSettings, SETTINGS_KEY, type WorkspaceChange, type WorkspaceSettings } from './settings.ts'

const STALE = [SETTINGS_KEY]
const MAX_BATCH = 200
const MAX_DAYS = 3650

const FORMATS = [
  { value: 'legacy', label: 'Wrapped: {"data":{"objects":[…]}}' },
  { value: 'flat', label: 'Flat: {"data":[…]}' },
]

/** Of a number field, which is empty text while it is empty. */
const numberOf = (value: number | string): number | null => (typeof value === 'number' ? value : null)

/** What differs between the draft and the settings. */
const differences = (draft: WorkspaceChange, settings: WorkspaceSettings): WorkspaceChange => {
  const known: WorkspaceChange = {
    displayName: settings.displayName ?? '',
    subdomain: settings.subdomain,
    trashRetentionDays: settings.trashRetentionDays,
    eventLogRetentionDays: settings.eventLogRetentionDays,
    maxBatchRecords: settings.maxBatchRecords,
    defaultRoleId: settings.defaultRole?.id ?? '',
    restMetadataFormat: settings.restMetadataFormat,
  }
  const before = new Map(Object.entries(known))
  return Object.fromEntries(Object.entries(draft).filter(([name, value]) => before.get(name) !== value))
}

export const SettingsForm = ({ settings }: { readonly settings: WorkspaceSettings }) => {
  const api = useApi()
  const { flags } = useSession()
  const { refresh } = useSessionActions()
  const [draft, setDraft] = useState<WorkspaceChange>({})
  const mayChange = flags.includes('WORKSPACE')
  const { change, isBusy } = useChange({
    run: (data: WorkspaceChange) => changeSettings(api, data),
    stale: STALE,
    done: () => 'The workspace was changed.',
  })
  const edited = differences(draft, settings)
  const edit = (part: WorkspaceChange) => setDraft((all) => ({ ...all, ...part }))
  useUnsaved(Object.keys(edited).length > 0)
  const submit = async () => {
    if ((await change(edited)) === null) return
    setDraft({})
    // The name stands in the navigation, too.
    await refresh()
  }
  return (
    <Form onSubmit={submit}>
      <Stack>
        {mayChange ? null : (
          <Alert color="gray" icon={<IconLock size={18} aria-hidden />} title="Read only">
            Your role lacks the permission “Workspace” (<Code>WORKSPACE</Code>). An administrator can grant
            it.
          </Alert>
        )}
        <fieldset disabled={!mayChange} className="contents">
          <Panel title="Names" text="The subdomain is the short name in addresses and on the command line.">
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextInput
                label="Name"
                value={draft.displayName ?? settings.displayName ?? ''}
                onChange={(event) => edit({ displayName: event.currentTarget.value })}
              />
              <TextInput
                label="Subdomain"
                value={draft.subdomain ?? settings.subdomain}
                spellCheck={false}
                onChange={(event) => edit({ subdomain: event.currentTarget.value })}
              />
            </SimpleGrid>
          </Panel>
          <Panel title="Members" text="People who sign in. Their roles are listed under Roles.">
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <DefaultRole
                current={settings.defaultRole}
                value={draft.defaultRoleId ?? settings.defaultRole?.id ?? null}
                onChange={(defaultRoleId) => edit({ defaultRoleId })}
              />
            </SimpleGrid>
          </Panel>
          <Panel title="Limits and retention">
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <NumberInput
                label="Records in one batch"
                description="Leave empty for the gateway’s default"
                min={1}
                max={MAX_BATCH}
                allowDecimal={false}
                value={
                  (draft.maxBatchRecords === undefined ? settings.maxBatchRecords : draft.maxBatchRecords) ??
                  ''
                }
                onChange={(value) => edit({ maxBatchRecords: numberOf(value) })}
              />
              <NativeSelect
                label="Format of /rest/metadata"
                description="How lists and objects are wrapped"
                data={FORMATS}
                value={draft.restMetadataFormat ?? settings.restMetadataFormat}
                onChange={(event) => edit({ restMetadataFormat: event.currentTarget.value })}
              />
              <NumberInput
                label="Days in the trash"
                description="Records in the trash are deleted for good after this time"
                min={0}
                max={MAX_DAYS}
                allowDecimal={false}
                value={draft.trashRetentionDays ?? settings.trashRetentionDays}
                onChange={(value) =>
                  edit({ trashRetentionDays: numberOf(value) ?? settings.trashRetentionDays })
                }
              />
              <NumberInput
                label="Days in the event log"
                description="How long changes can be queried"
                min={0}
                max={MAX_DAYS}
                allowDecimal={false}
                value={draft.eventLogRetentionDays ?? settings.eventLogRetentionDays}
                onChange={(value) =>
                  edit({ eventLogRetentionDays: numberOf(value) ?? settings.eventLogRetentionDays })
                }
              />
            </SimpleGrid>
          </Panel>
        </fieldset>
        <Panel title="In Postgres" text="Where to find the tables with psql.">
          <Facts
            of={[
              ['Schema', <Code key="schema">{settings.databaseSchema ?? '–'}</Code>],
              ['Workspace id', <Code key="id">{settings.id}</Code>],
              ['Version of the model', String(settings.metadataVersion)],
              ['Created', new Date(settings.createdAt).toLocaleString()],
            ]}
          />
        </Panel>
        <SaveBar edits={Object.keys(edited).length} isBusy={isBusy} onDiscard={() => setDraft({})} />
      </Stack>
    </Form>
  )
}
