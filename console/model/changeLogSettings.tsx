// Whether changes of an object's records are logged and kept as history. A choice is saved at once.

import { NativeSelect, SimpleGrid, Stack, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Query } from '../parts/query.tsx'
import { RelativeTime } from '../parts/relativeTime.tsx'
import { RECORDS_KEY } from '../records/page.ts'
import { useApi } from '../session/provider.tsx'
import {
  type ObjectChangeLogFragment,
  ObjectChangeLogs,
  UpdateObjectChangeLog,
  type UpdateObjectChangeLogMutationVariables,
} from './changeLog.graphql.ts'
import type { ModelObject } from './object.ts'

const CHANGE_LOGS_KEY = ['changeLogs'] as const

const CHOICES = [
  { value: 'inherited', label: 'Same as the workspace', setting: null },
  { value: 'on', label: 'On', setting: true },
  { value: 'off', label: 'Off', setting: false },
] as const

interface ChoiceProps {
  readonly label: string
  readonly description: string
  readonly setting: boolean | null
  readonly isBusy: boolean
  readonly onChange: (setting: boolean | null) => void
}

const Choice = ({ label, description, setting, isBusy, onChange }: ChoiceProps) => (
  <NativeSelect
    label={label}
    description={description}
    disabled={isBusy}
    data={CHOICES.map(({ value, label: text }) => ({ value, label: text }))}
    value={CHOICES.find((each) => each.setting === setting)?.value ?? 'inherited'}
    onChange={({ currentTarget: { value } }) => {
      const chosen = CHOICES.find((each) => each.value === value)
      if (chosen !== undefined) onChange(chosen.setting)
    }}
  />
)

const Since = ({ is, since, what }: { is: boolean; since: string | null; what: string }) => {
  if (!is) return `Changes are not ${what}.`
  if (since === null) return `Changes will be ${what} as soon as the table is free.`
  return (
    <>
      All changes are {what} since <RelativeTime at={since} />.
    </>
  )
}

const Settings = ({
  log,
  object,
}: {
  readonly log: ObjectChangeLogFragment
  readonly object: ModelObject
}) => {
  const api = useApi()
  const update = useMutation({
    mutationFn: (change: Pick<UpdateObjectChangeLogMutationVariables, 'capture' | 'history'>) =>
      api.metadata(UpdateObjectChangeLog, { objectMetadataId: object.id, ...change }),
    meta: {
      stale: [CHANGE_LOGS_KEY],
      staleInBackground: [[RECORDS_KEY, object.namePlural, 'history']],
      done: () => `The change log of “${object.labelPlural}” was changed.`,
    },
  })
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Choice
          label="Log changes"
          description="For the change feed, streams, subscriptions and webhooks"
          setting={log.capture}
          isBusy={update.isPending}
          onChange={(capture) => update.mutate({ capture })}
        />
        <Choice
          label="Keep history"
          description="For each record: who changed what and when, with undo"
          setting={log.history}
          isBusy={update.isPending}
          onChange={(history) => update.mutate({ history })}
        />
      </SimpleGrid>
      <Text size="sm" c="dimmed">
        <Since is={log.isCaptured} since={log.capturedSince} what="logged" />{' '}
        <Since is={log.isHistoryKept} since={log.completeSince} what="kept as history" />
      </Text>
    </Stack>
  )
}

export const ChangeLogSettings = ({ object }: { readonly object: ModelObject }) => {
  const api = useApi()
  const logs = useQuery({
    queryKey: CHANGE_LOGS_KEY,
    queryFn: async () => (await api.metadata(ObjectChangeLogs)).objectChangeLogs,
  })
  return (
    <Query of={logs} rows={2} rowHeight={64}>
      {(all) => {
        const log = all.find(({ objectMetadataId }) => objectMetadataId === object.id)
        return log === undefined ? (
          <Text size="sm" c="dimmed">
            Changes to this object are not logged.
          </Text>
        ) : (
          <Settings log={log} object={object} />
        )
      }}
    </Query>
  )
}
