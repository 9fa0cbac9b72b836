// Table of an object's indexes, with a form for a new one. Indexes of large tables are built in the
// background.

import { ActionIcon, Badge, Button, Code, Group, Stack, Table } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { EmptyState } from '../parts/emptyState.tsx'
import rows from '../parts/rows.module.css'
import { BuildStatus } from './build/buildStatus.tsx'
import { buildText } from './build/buildText.ts'
import { type Change, changeOf } from './change.ts'
import { useChangeConfirmation } from './changeConfirmation.tsx'
import { FormDialog } from './changeForm.tsx'
import { IndexForm } from './indexForm.tsx'
import { DeleteIndex } from './modelChanges.graphql.ts'
import type { Index, ModelObject } from './object.ts'
import { useMayChangeModel } from './permission.tsx'

const columnsOf = (object: ModelObject, index: Index): string =>
  index.indexFieldMetadataList
    .toSorted((a, b) => a.order - b.order)
    .map(({ fieldMetadataId, subFieldName }) => {
      const name = object.fieldsList.find(({ id }) => id === fieldMetadataId)?.name ?? '?'
      return subFieldName === null ? name : `${name}.${subFieldName}`
    })
    .join(', ')

const deletion = ({ id, name }: Index): Change =>
  changeOf(
    DeleteIndex,
    { id },
    { title: `Drop the index ${name}`, done: `The index ${name} was dropped.`, isDangerous: true },
  )

interface RowProps {
  readonly object: ModelObject
  readonly index: Index
  readonly mayChange: boolean
  readonly onDrop: () => void
}

const Row = ({ object, index, mayChange, onDrop }: RowProps) => (
  <Table.Tr>
    <Table.Th scope="row" fw={400}>
      <Code>{index.name}</Code>
    </Table.Th>
    <Table.Td>{columnsOf(object, index)}</Table.Td>
    <Table.Td>
      {index.isUnique ? 'unique ' : ''}
      {index.indexType.toLowerCase()}
    </Table.Td>
    <Table.Td>
      {buildText(index) === null ? (
        <Badge variant="light" color={index.isValid ? 'pine' : 'yellow'} tt="none">
          {index.isValid ? 'Ready' : 'Not ready'}
        </Badge>
      ) : (
        <BuildStatus id={index.id} name={index.name} built={index} />
      )}
    </Table.Td>
    <Table.Td>
      {index.isCustom === true ? (
        <ActionIcon
          variant="subtle"
          color="red"
          aria-label={`Drop ${index.name}`}
          disabled={!mayChange}
          onClick={onDrop}
        >
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      ) : null}
    </Table.Td>
  </Table.Tr>
)

const Rows = ({ children }: { readonly children: ReactNode }) => (
  <div className={rows.framed}>
    <Table miw={620} className={rows.plain}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Index</Table.Th>
          <Table.Th>Fields</Table.Th>
          <Table.Th>Kind</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th w={48} aria-label="Actions" />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>{children}</Table.Tbody>
    </Table>
  </div>
)

export const IndexesTable = ({ object }: { readonly object: ModelObject }) => {
  const mayChange = useMayChangeModel()
  const [isOpen, setIsOpen] = useState(false)
  const [confirmChange, confirmation] = useChangeConfirmation()
  return (
    <Stack gap="sm" align="stretch">
      <Group justify="flex-end">
        <Button
          variant="default"
          disabled={!mayChange}
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => setIsOpen(true)}
        >
          Create index
        </Button>
      </Group>
      {object.indexMetadataList.length === 0 ? (
        <EmptyState title="No indexes" text="An index on a field speeds up filtering and sorting by it." />
      ) : (
        <Rows>
          {object.indexMetadataList.map((index) => (
            <Row
              key={index.id}
              object={object}
              index={index}
              mayChange={mayChange}
              onDrop={() => confirmChange(deletion(index))}
            />
          ))}
        </Rows>
      )}
      {confirmation}
      <FormDialog title="Create index" isOpen={isOpen} onClose={() => setIsOpen(false)}>
        {() => <IndexForm object={object} onClose={() => setIsOpen(false)} />}
      </FormDialog>
    </Stack>
  )
}
