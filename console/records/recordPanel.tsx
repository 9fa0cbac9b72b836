// Panel of one record: view, edit, move to the trash, restore, destroy; and its history. A record that is not
// on the page, because a link led here, is loaded.

import { Alert, Button, Group, Stack, Tabs } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { useMayDiscard } from '../form/unsaved.tsx'
import type { ModelObject } from '../model/object.ts'
import { useConfirm } from '../parts/confirm.tsx'
import { Drawer } from '../parts/dialog.tsx'
import { Loading } from '../parts/loading.tsx'
import { Query } from '../parts/query.tsx'
import { useApi } from '../session/provider.tsx'
import type { RecordChange } from './history/change.ts'
import { keyConditions, keyOf, pathOf } from './key.ts'
import { RECORDS_KEY } from './page.ts'
import { RecordDetails } from './recordDetails.tsx'
import { RecordForm } from './recordForm.tsx'
import { useWrite } from './recordWrite.ts'
import { labelOf } from './relationLabels.ts'
import type { Row } from './value.ts'

const RecordHistory = lazy(() => import('./history/recordHistory.tsx'))

interface RecordPanelProps {
  readonly object: ModelObject
  readonly keyNames: readonly string[]
  readonly recordKey: string
  readonly rows: readonly Row[]
  readonly isTrash: boolean
  readonly onClose: () => void
}

const useRecord = ({ object, keyNames, recordKey, rows, isTrash }: RecordPanelProps) => {
  const api = useApi()
  const atHand = rows.find((row) => keyOf(row, keyNames) === recordKey)
  return useQuery({
    queryKey: [RECORDS_KEY, object.namePlural, 'record', recordKey, isTrash],
    ...(atHand === undefined ? {} : { initialData: atHand }),
    queryFn: async (): Promise<Row> => {
      if (!isTrash) {
        const { data } = await api.records<{ readonly data: Readonly<Record<string, Row>> }>(
          pathOf(object, recordKey),
        )
        return data[object.nameSingular] ?? {}
      }
      // A path identifies active records only.
      const query = new URLSearchParams({
        filter: ['deletedAt[is]:NOT_NULL', ...keyConditions(recordKey, keyNames)].join(','),
        limit: '1',
      })
      const { data } = await api.records<{ readonly data: Readonly<Record<string, readonly Row[]>> }>(
        `/rest/${object.namePlural}?${query}`,
      )
      return data[object.namePlural]?.[0] ?? {}
    },
  })
}

const hasTrash = (object: ModelObject): boolean => object.fieldsList.some(({ name }) => name === 'deletedAt')

const Actions = ({ object, recordKey, isTrash, onClose }: RecordPanelProps) => {
  const write = useWrite(object)
  const confirm = useConfirm()
  const mayDiscard = useMayDiscard()
  const run = async (kind: 'trash' | 'restore' | 'destroy') => {
    // Success closes the panel with its form.
    if (await mayDiscard()) write.mutate({ kind, key: recordKey }, { onSuccess: onClose })
  }
  const destroy = async () => {
    const isSure = await confirm({
      title: `Destroy this ${object.labelSingular.toLowerCase()}?`,
      text: 'The record is removed from the database permanently. This cannot be undone.',
      action: 'Destroy',
      isDangerous: true,
    })
    if (isSure) await run('destroy')
  }
  return (
    <Group gap="xs">
      {isTrash ? (
        <Button variant="light" loading={write.isPending} onClick={() => run('restore')}>
          Restore
        </Button>
      ) : hasTrash(object) ? (
        <Button variant="default" loading={write.isPending} onClick={() => run('trash')}>
          Move to the trash
        </Button>
      ) : null}
      {isTrash || !hasTrash(object) ? (
        <Button variant="light" color="red" loading={write.isPending} onClick={destroy}>
          Destroy
        </Button>
      ) : null}
    </Group>
  )
}

const Record = (props: RecordPanelProps) => {
  const { object, isTrash, keyNames, recordKey } = props
  const record = useRecord(props)
  return (
    <Query of={record} rows={12}>
      {(row) => (
        <Stack gap="lg">
          {isTrash ? (
            <Alert color="yellow">This record is in the trash. Restore it to edit it.</Alert>
          ) : (
            <RecordForm
              // Saving and undoing reset the form to the gateway's values. Not all tables have `updatedAt`.
              key={JSON.stringify(row)}
              object={object}
              row={row}
              recordKey={recordKey}
              keyNames={keyNames}
              onDone={() => undefined}
            />
          )}
          <RecordDetails object={object} row={row} isWhole={isTrash} />
          <Actions {...props} />
        </Stack>
      )}
    </Query>
  )
}

const History = ({ object, recordKey, onClose }: RecordPanelProps) => {
  const queries = useQueryClient()
  const write = useWrite(object)
  const mayDiscard = useMayDiscard()
  const undo = async ({ position, operation }: RecordChange) => {
    // The form of the record starts over with the values from before.
    if (!(await mayDiscard())) return
    const keepsOpen = operation === 'updated'
    write.mutate(
      { kind: 'undo', key: recordKey, position, keepsOpen },
      {
        onSuccess: () => {
          if (!keepsOpen) onClose()
        },
        // It was overtaken by changes that the panel does not show yet.
        onError: () => void queries.invalidateQueries({ queryKey: [RECORDS_KEY, object.namePlural] }),
      },
    )
  }
  return (
    <Suspense fallback={<Loading rows={5} rowHeight={56} />}>
      <RecordHistory object={object} recordKey={recordKey} isBusy={write.isPending} onUndo={undo} />
    </Suspense>
  )
}

/** The form keeps its input behind the history. */
const Content = (props: RecordPanelProps) => {
  const [tab, setTab] = useState<string | null>('record')
  return (
    <Tabs value={tab} onChange={setTab}>
      <Tabs.List mb="md">
        <Tabs.Tab value="record">Record</Tabs.Tab>
        <Tabs.Tab value="history">History</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="record">
        <Record {...props} />
      </Tabs.Panel>
      <Tabs.Panel value="history">{tab === 'history' ? <History {...props} /> : null}</Tabs.Panel>
    </Tabs>
  )
}

const titleOf = ({ object, keyNames, recordKey, rows }: RecordPanelProps): string => {
  const row = rows.find((each) => keyOf(each, keyNames) === recordKey)
  return row === undefined ? object.labelSingular : labelOf(object, row)
}

export const RecordPanel = (props: RecordPanelProps) => (
  <Drawer opened onClose={props.onClose} position="right" size="lg" title={titleOf(props)}>
    <Content key={props.recordKey} {...props} />
  </Drawer>
)

export const NewRecordPanel = ({
  object,
  onClose,
}: {
  readonly object: ModelObject
  readonly onClose: () => void
}) => (
  <Drawer
    opened
    onClose={onClose}
    position="right"
    size="lg"
    title={`Create ${object.labelSingular.toLowerCase()}`}
    closeOnClickOutside={false}
  >
    <RecordForm object={object} row={{}} recordKey={null} keyNames={[]} onDone={onClose} />
  </Drawer>
)
