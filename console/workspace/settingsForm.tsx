// The form of the workspace's settings. Saves only what was edited; read-only without the permission.

import { Alert, Checkbox, Code, NativeSelect, NumberInput, SimpleGrid, Stack, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { IconLock } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { Form } from '../form/form.tsx'
import { SaveBar } from '../form/saveBar.tsx'
import { useEdits } from '../form/useEdits.ts'
import { useForcible } from '../form/useForcible.ts'
import { useMayChangeModel } from '../model/permission.tsx'
import { DefinitionList } from '../parts/definitionList.tsx'
import { Panel } from '../parts/panel.tsx'
import { useApi, useSession, useSessionActions } from '../session/provider.tsx'
import { DefaultRole } from './defaultRole.tsx'
import {
  inputOf,
  SETTINGS_KEY,
  type SettingsValues,
  updateSettings,
  valuesOf,
  type WorkspaceSettings,
} from './settings.ts'

/** As the gateway accepts them (tenants/workspaceSettings.ts). */
const BATCH = { min: 1, max: 200 } as const
const TRASH_DAYS = { min: 0, max: 36_500 } as const
const EVENT_LOG_DAYS = { min: 30, max: 1095 } as const

const FORMATS = [
  { value: 'legacy', label: 'Wrapped: {"data":{"objects":[…]}}' },
  { value: 'flat', label: 'Flat: {"data":[…]}' },
]

interface PartProps {
  readonly form: UseFormReturnType<SettingsValues>
}

const ReadOnlyNote = () => (
  <Alert color="gray" icon={<IconLock size={18} aria-hidden />} title="Read only">
    Your role lacks the permission “Workspace” (<Code>WORKSPACE</Code>). An administrator can grant it.
  </Alert>
)

const NamesPanel = ({ form: { getInputProps } }: PartProps) => (
  <Panel title="Names" text="The subdomain is the short name in addresses and on the command line.">
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <TextInput label="Name" {...getInputProps('displayName')} />
      <TextInput label="Subdomain" spellCheck={false} {...getInputProps('subdomain')} />
    </SimpleGrid>
  </Panel>
)

const LimitsPanel = ({ form: { getInputProps } }: PartProps) => {
  const mayChangeModel = useMayChangeModel()
  return (
    <Panel title="Limits and retention">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <NumberInput
          label="Records in one batch"
          description="Leave empty for the gateway’s default"
          {...BATCH}
          allowDecimal={false}
          {...getInputProps('maxBatchRecords')}
        />
        <NativeSelect
          label="Format of /rest/metadata"
          description="The envelope of lists and objects"
          data={FORMATS}
          {...getInputProps('restMetadataFormat')}
        />
        <NumberInput
          label="Days in the trash"
          description="Records in the trash are deleted permanently after this time"
          required
          withAsterisk={false}
          {...TRASH_DAYS}
          allowDecimal={false}
          {...getInputProps('trashRetentionDays')}
        />
        <NumberInput
          label="Days in the event log"
          description="How long changes stay in the history"
          required
          withAsterisk={false}
          {...EVENT_LOG_DAYS}
          allowDecimal={false}
          {...getInputProps('eventLogRetentionDays')}
        />
        <Checkbox
          label="Keep the history of records"
          description="Who changed what, and when. Requires the permission “Data model”. Objects can override it"
          disabled={!mayChangeModel}
          {...getInputProps('history', { type: 'checkbox' })}
        />
      </SimpleGrid>
    </Panel>
  )
}

const PostgresPanel = ({ settings }: { readonly settings: WorkspaceSettings }) => (
  <Panel title="In Postgres" text="Where to find the tables in psql.">
    <DefinitionList
      of={[
        ['Schema', <Code key="schema">{settings.databaseSchema ?? '–'}</Code>],
        ['Workspace id', <Code key="id">{settings.id}</Code>],
        ['Version of the model', String(settings.metadataVersion)],
        ['Created', new Date(settings.createdAt).toLocaleString()],
      ]}
    />
  </Panel>
)

export const SettingsForm = ({ settings }: { readonly settings: WorkspaceSettings }) => {
  const api = useApi()
  const { flags } = useSession()
  const canChange = flags.includes('WORKSPACE')
  const force = useForcible()
  const { refresh } = useSessionActions()
  const { form, edited, count } = useEdits(valuesOf(settings))
  const save = useMutation({
    mutationFn: () => force((isForced) => updateSettings(api, inputOf(edited), isForced)),
    meta: { stale: [SETTINGS_KEY], done: () => 'The workspace was changed.' },
    onSuccess: () => {
      form.reset()
      // The navigation shows the workspace's name.
      return refresh()
    },
  })
  return (
    <Form onSubmit={() => save.mutate()} isSaving={save.isPending}>
      <Stack>
        {canChange ? null : <ReadOnlyNote />}
        <fieldset disabled={!canChange} className="contents">
          <NamesPanel form={form} />
          <Panel title="Members" text="People who sign in. Their roles are listed under Roles.">
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <DefaultRole current={settings.defaultRole} {...form.getInputProps('defaultRoleId')} />
              <Checkbox
                label="Allow impersonation"
                description="Operators of this gateway may act as a member for an hour; their changes are recorded. Requires the permission “Security”"
                disabled={!flags.includes('SECURITY')}
                {...form.getInputProps('allowImpersonation', { type: 'checkbox' })}
              />
            </SimpleGrid>
          </Panel>
          <LimitsPanel form={form} />
        </fieldset>
        <PostgresPanel settings={settings} />
        <SaveBar edits={count} isBusy={save.isPending} onDiscard={form.reset} />
      </Stack>
    </Form>
  )
}
