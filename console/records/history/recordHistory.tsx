// The history of a record: who changed what, when, from what to what. Each change can be undone.

import { Button, Center, Stack, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { ModelObject } from '../../model/object.ts'
import { useMayChangeModel } from '../../model/permission.tsx'
import { EmptyState } from '../../parts/emptyState.tsx'
import { Query } from '../../parts/query.tsx'
import { RelativeTime } from '../../parts/relativeTime.tsx'
import { useApi } from '../../session/provider.tsx'
import { pathOf } from '../key.ts'
import { RECORDS_KEY } from '../page.ts'
import type { Row } from '../value.ts'
import { differencesOf, type RecordChange } from './change.ts'
import { Differences } from './differences.tsx'
import classes from './history.module.css'
import { OperationBadge } from './operationBadge.tsx'
import { useActorNames } from './useActorNames.ts'

interface PastChange extends RecordChange {
  readonly before: Row | null
  readonly after: Row | null
}

interface Answer {
  readonly data: Readonly<Record<string, readonly PastChange[]>>
  /** Null where history is off. */
  readonly completeSince: string | null
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean }
}

interface RecordHistoryProps {
  readonly object: ModelObject
  readonly recordKey: string
  readonly isBusy: boolean
  readonly onUndo: (change: RecordChange) => void
}

/** Newest change first. */
const useHistory = ({ object, recordKey }: RecordHistoryProps) => {
  const api = useApi()
  return useInfiniteQuery({
    queryKey: [RECORDS_KEY, object.namePlural, 'history', recordKey],
    initialPageParam: null as string | null,
    // Others change records too.
    staleTime: 0,
    queryFn: ({ pageParam }) => {
      const after = pageParam === null ? '' : `?starting_after=${encodeURIComponent(pageParam)}`
      return api.records<Answer>(`${pathOf(object, recordKey)}/history${after}`)
    },
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    select: ({ pages }) => ({
      completeSince: pages[0]?.completeSince ?? null,
      changes: pages.flatMap(({ data }) => data[`${object.nameSingular}History`] ?? []),
    }),
  })
}

const isUndoable = ({ operation, before, after }: PastChange): boolean => {
  if (operation === 'updated') return before !== null && after !== null
  return operation === 'destroyed' ? before !== null : operation !== 'truncated' && operation !== 'removed'
}

interface EntryProps extends Omit<RecordHistoryProps, 'recordKey'> {
  readonly change: PastChange
  readonly who: string
}

const Entry = ({ object, change, who, isBusy, onUndo }: EntryProps) => (
  <li className={classes.entry}>
    <div className={classes.head}>
      <OperationBadge operation={change.operation} />
      <span className={classes.who}>
        <RelativeTime at={change.at} /> by {who}
      </span>
      {isUndoable(change) ? (
        <Button size="compact-sm" variant="default" disabled={isBusy} onClick={() => onUndo(change)}>
          Undo
        </Button>
      ) : null}
    </div>
    <Differences
      of={differencesOf(object, change, change.after ?? change.before)}
      before={change.before}
      after={change.after}
    />
  </li>
)

const Off = ({ object }: Pick<RecordHistoryProps, 'object'>) => {
  const mayChange = useMayChangeModel()
  return (
    <EmptyState
      title="History is off"
      text="Changes to this object are not kept. Turn history on for the workspace or for the object."
      action={
        mayChange ? (
          <Button component={Link} variant="default" href={`/model/${object.nameSingular}?tab=changes`}>
            Change log of the object
          </Button>
        ) : undefined
      }
    />
  )
}

const Changes = ({
  all,
  completeSince,
  ...props
}: RecordHistoryProps & {
  readonly all: readonly PastChange[]
  readonly completeSince: string | null
}) => {
  const nameOf = useActorNames(all.map(({ actor }) => actor))
  if (all.length === 0)
    return completeSince === null ? (
      <Off object={props.object} />
    ) : (
      <EmptyState title="No changes yet" text="Changes to this record appear here." />
    )
  return (
    <Stack gap={4}>
      <Text size="sm" c="dimmed">
        {completeSince === null ? (
          'History is off: new changes are not kept.'
        ) : (
          <>
            Complete since <RelativeTime at={completeSince} />.
          </>
        )}
      </Text>
      <ol className={classes.list}>
        {all.map((change) => (
          <Entry key={change.position} {...props} change={change} who={nameOf(change.actor)} />
        ))}
      </ol>
    </Stack>
  )
}

const RecordHistory = (props: RecordHistoryProps) => {
  const history = useHistory(props)
  return (
    <Query of={history} rows={5} rowHeight={56}>
      {({ changes, completeSince }) => (
        <>
          <Changes {...props} all={changes} completeSince={completeSince} />
          {history.hasNextPage ? (
            <Center mt="sm">
              <Button
                variant="default"
                loading={history.isFetchingNextPage}
                onClick={() => void history.fetchNextPage()}
              >
                Show more
              </Button>
            </Center>
          ) : null}
        </>
      )}
    </Query>
  )
}

export default RecordHistory
