// Live view of the workspace's changes, by object and operation. The URL holds the choice.

import { Alert, Badge, Button, Group, NativeSelect, Stack } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { useObjects } from '../model/objectQueries.ts'
import { EmptyState } from '../parts/emptyState.tsx'
import { ErrorState } from '../parts/errorState.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { OPERATIONS } from '../records/history/change.ts'
import { ChangeList } from './changeList.tsx'
import type { StreamQuery, StreamState } from './changeStream.ts'
import { MAX_SHOWN, useLiveChanges } from './useLiveChanges.ts'

const STATES = {
  connecting: ['Connecting …', 'yellow'],
  live: ['Live', 'pine'],
  ended: ['Ended', 'red'],
} as const satisfies Readonly<Record<StreamState['status'], readonly [string, string]>>

const StateBadge = ({ state, isPaused }: { readonly state: StreamState; readonly isPaused: boolean }) => {
  const [label, color] = isPaused ? (['Paused', 'gray'] as const) : STATES[state.status]
  return (
    <Badge role="status" variant="light" color={color} tt="none" miw="max-content">
      {label}
    </Badge>
  )
}

/** The choice of the URL; empty: all. */
const useChoice = () => {
  const [search, setSearch] = useSearchParams()
  const set = (name: string, value: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before)
        if (value === '') next.delete(name)
        else next.set(name, value)
        return next
      },
      { replace: true },
    )
  return { object: search.get('object') ?? '', operation: search.get('operation') ?? '', set }
}

const Choice = ({ object, operation, set }: ReturnType<typeof useChoice>) => {
  const objects = useObjects().data ?? []
  return (
    <>
      <NativeSelect
        aria-label="Objects"
        data={[
          { value: '', label: 'All objects' },
          ...objects
            .filter(({ isActive }) => isActive)
            .map(({ nameSingular, labelPlural }) => ({ value: nameSingular, label: labelPlural })),
        ]}
        value={object}
        onChange={(event) => set('object', event.currentTarget.value)}
      />
      <NativeSelect
        aria-label="Operations"
        data={[
          { value: '', label: 'All changes' },
          ...Object.entries(OPERATIONS).map(([value, [label]]) => ({ value, label })),
        ]}
        value={operation}
        onChange={(event) => set('operation', event.currentTarget.value)}
      />
    </>
  )
}

const queryOf = (object: string, operation: string): StreamQuery => ({
  ...(object === '' ? {} : { objects: [object] }),
  ...(operation === '' ? {} : { operations: [operation] }),
})

const Live = ({ choice }: { readonly choice: ReturnType<typeof useChoice> }) => {
  const [isPaused, setIsPaused] = useState(false)
  const { changes, state, hasGap, clear, reconnect } = useLiveChanges(
    queryOf(choice.object, choice.operation),
    isPaused,
  )
  return (
    <Stack>
      <Group gap="xs">
        <Choice {...choice} />
        <Button
          variant="default"
          leftSection={
            isPaused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />
          }
          onClick={() => setIsPaused(!isPaused)}
        >
          {isPaused ? 'Resume' : 'Pause'}
        </Button>
        <Button variant="default" disabled={changes.length === 0} onClick={clear}>
          Clear
        </Button>
        <StateBadge state={state} isPaused={isPaused} />
      </Group>
      {state.status === 'ended' ? <ErrorState failure={state.failure} onRetry={reconnect} /> : null}
      {hasGap ? (
        <Alert color="yellow" title="Changes are missing">
          The position of this stream is no longer in the change log. The stream continued with new changes.
        </Alert>
      ) : null}
      {changes.length > 0 ? (
        <ChangeList changes={changes} />
      ) : state.status === 'ended' ? null : (
        <EmptyState
          title="No changes yet"
          text="Changes to records appear here as they happen, whether made in the console, over the API or in SQL. Objects without a change log are left out; turn it on in the data model."
        />
      )}
    </Stack>
  )
}

const ChangesPage = () => {
  const choice = useChoice()
  return (
    <>
      <PageHeader
        title="Live changes"
        text={`Changes to records that your role can see, while this page is open: the latest ${MAX_SHOWN}. The page reads /changes/stream.`}
      />
      {/* Another choice starts another list. */}
      <Live key={`${choice.object} ${choice.operation}`} choice={choice} />
    </>
  )
}

export default ChangesPage
