// The indexes of an object: those that the model brings along, and those that were asked for. In: the object;
// out: a table, with a form for another one. Indexes of big tables are built in the background; until then
// they say so.

import { ActionIcon, Badge, Button, Code, Group, Stack, Table } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { EmptyState } from '../parts/emptyState.tsx'
import rows from '../parts/rows.module.css'
import type { Change } from './change.ts'
import { FormDialog } from './changeForm.tsx'
import { IndexForm } from './indexForm.tsx'
import type { Index, ModelObject } from './object.ts'
import { useMayChangeModel } from './permission.tsx'
import { useProposal } from './proposal.tsx'

const columnsOf = (object: ModelObject, index: Index): string =>
  index.indexFieldMetadataList
    .toSorted((a, b) => a.order - b.order)
    .map(({ fieldMetadataId, subFieldName }) => {
      const name = object.fieldsList.find(({ id }) => id === fieldMetadataId)?.name ?? '?'
      return subFieldName === null ? name : `${name}.${subFieldName}`
    })
    .join(', ')

const deletion = (index: Index): Change => ({
  mutation: 'deleteOneIndex',
  input: { id: index.id },
  title: `Drop the index ${index.name}`,
  done: `The index ${index.name} was dropped.`,
  isDangerous: true,
})

export const IndexesTable = ({ object }: { readonly object: ModelObject }) => {
  const mayChange = useMayChangeModel()
  const [isOpen, setIsOpen] = useState(false)
  const [propose, proposal] = useProposal()
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
            <Table.Tbody>
              {object.indexMetadataList.map((index) => (
                <Table.Tr key={index.id}>
                  <Table.Th scope="row" fw={400}>
                    <Code>{index.name}</Code>
                  </Table.Th>
                  <Table.Td>{columnsOf(object, index)}</Table.Td>
                  <Table.Td>
                    {index.isUnique ? 'unique ' : ''}
                    {index.indexType.toLowerCase()}
                  </Table.Td>
                  <Table.Td>
                    <Badge variant="light" color={index.isValid ? 'pine' : 'yellow'} tt="none">
                      {index.isValid ? 'Ready' : 'Not ready'}
                    </Badge>
                  </Table.Td>
                  <Table.Td>
                    {index.isCustom === true ? (
                      <ActionIcon
                        variant="subtle"
                        color="red"
                        aria-label={`Drop ${index.name}`}
                        disabled={!mayChange}
                        onClick={() => propose(deletion(index))}
                      >
                        <IconTrash size={16} aria-hidden />
                      </ActionIcon>
                    ) : null}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {proposal}
      <FormDialog title="Create index" isOpen={isOpen} onClose={() => setIsOpen(false)}>
        {() => <IndexForm object={object} onClose={() => setIsOpen(false)} />}
      </FormDialog>
    </Stack>
  )
}
