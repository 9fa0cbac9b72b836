// The fields of an object. In: the object; out: a table with what can be done to each. What the gateway keeps itself stands at the end and is
// only relabelled.

import { ActionIcon, Anchor, Badge, Code, Group, Menu, Stack, Switch, Table, Text } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { InactiveBadge } from './badges.tsx'
import type { Change } from './change.ts'
import { FormDialog } from './changeForm.tsx'
import { shownDefault } from './defaultValue.ts'
import { FieldForm } from './fieldForm.tsx'
import { typeLabel } from './fieldType.ts'
import classes from './model.module.css'
import type { Field, ModelObject } from './object.ts'
import { OptionBadge } from './optionBadge.tsx'
import { useMayChangeModel } from './permission.tsx'
import { useProposal } from './proposal.tsx'

const Target = ({ field }: { readonly field: Field }) => {
  const ends = field.relation === null ? (field.morphRelations ?? []) : [field.relation]
  return (
    <Group gap={4}>
      <span>{ends[0]?.type === 'ONE_TO_MANY' ? 'many' : 'one'} of</span>
      {ends.map(({ targetObjectMetadata: target }) => (
        <Anchor key={target.id} component={Link} href={`/model/${target.nameSingular}`} size="sm">
          {target.namePlural}
        </Anchor>
      ))}
    </Group>
  )
}

const Details = ({ field }: { readonly field: Field }) => {
  if (field.relation !== null || field.morphRelations !== null) return <Target field={field} />
  if (field.options !== null && field.type !== 'RATING')
    return (
      <Group gap={4}>
        {field.options.map(({ value, label, color }) => (
          <OptionBadge key={value} label={label} color={color} />
        ))}
      </Group>
    )
  return (
    <Text size="sm" c="dimmed" lineClamp={1}>
      {field.description}
    </Text>
  )
}

const deactivation = (field: Field): Change => {
  const isActive = field.isActive === false
  return {
    mutation: 'updateOneField',
    input: { id: field.id, update: { isActive } },
    title: `${isActive ? 'Activate' : 'Deactivate'} the field “${field.label}”`,
    done: `The field “${field.label}” is ${isActive ? 'active' : 'inactive'}.`,
  }
}

const deletion = (field: Field): Change => ({
  mutation: 'deleteOneField',
  input: { id: field.id },
  title: `Delete the field “${field.label}” and everything in it`,
  done: `The field “${field.label}” was deleted.`,
  isDangerous: true,
  typed: field.name,
})

interface RowProps {
  readonly field: Field
  readonly isLabel: boolean
  readonly mayChange: boolean
  readonly onEdit: () => void
  readonly onPropose: (change: Change) => void
}

const Row = ({ field, isLabel, mayChange, onEdit, onPropose }: RowProps) => (
  <Table.Tr className={field.isActive === false ? (classes.inactive ?? '') : ''}>
    <Table.Th scope="row" fw={500}>
      <Group gap={6}>
        {field.label}
        {isLabel ? (
          <Badge variant="light" tt="none">
            Label
          </Badge>
        ) : null}
        {field.isActive === false ? <InactiveBadge /> : null}
      </Group>
      <Text size="xs" ff="monospace" c="dimmed" fw={400}>
        {field.name}
      </Text>
    </Table.Th>
    <Table.Td>{typeLabel(field.type)}</Table.Td>
    <Table.Td>
      <Details field={field} />
    </Table.Td>
    <Table.Td>
      {[field.isNullable === false ? 'required' : '', field.isUnique === true ? 'unique' : '']
        .filter((word) => word !== '')
        .join(', ')}
    </Table.Td>
    <Table.Td>{field.defaultValue == null ? null : <Code>{shownDefault(field.defaultValue)}</Code>}</Table.Td>
    <Table.Td>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={!mayChange}
            aria-label={`Change ${field.label}`}
          >
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onEdit}>Edit …</Menu.Item>
          <Menu.Item disabled={field.isSystem === true} onClick={() => onPropose(deactivation(field))}>
            {field.isActive === false ? 'Activate …' : 'Deactivate …'}
          </Menu.Item>
          <Menu.Item
            color="red"
            disabled={field.isCustom !== true || field.isSystem === true}
            onClick={() => onPropose(deletion(field))}
          >
            Delete …
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Table.Td>
  </Table.Tr>
)

export const FieldsTable = ({ object }: { readonly object: ModelObject }) => {
  const mayChange = useMayChangeModel()
  const [edited, setEdited] = useState<Field | null>(null)
  const [showsSystem, setShowsSystem] = useState(false)
  const [propose, proposal] = useProposal()
  const hidden = object.fieldsList.filter(({ isSystem }) => isSystem === true).length
  const fields = object.fieldsList.filter(({ isSystem }) => showsSystem || isSystem !== true)
  return (
    <Stack gap="sm">
      <div className={classes.table}>
        <Table miw={720}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Field</Table.Th>
              <Table.Th>Type</Table.Th>
              <Table.Th>Values</Table.Th>
              <Table.Th>Rules</Table.Th>
              <Table.Th>Default</Table.Th>
              <Table.Th w={48} aria-label="Actions" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {fields.map((field) => (
              <Row
                key={field.id}
                field={field}
                mayChange={mayChange}
                isLabel={field.id === object.labelIdentifierFieldMetadataId}
                onEdit={() => setEdited(field)}
                onPropose={propose}
              />
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {hidden === 0 ? null : (
        <Switch
          label={`Show the ${hidden} system fields`}
          checked={showsSystem}
          onChange={(event) => setShowsSystem(event.currentTarget.checked)}
        />
      )}
      {proposal}
      <FormDialog
        title={`Edit the field “${edited?.label ?? ''}”`}
        isOpen={edited !== null}
        onClose={() => setEdited(null)}
      >
        {() =>
          edited === null ? null : (
            <FieldForm object={object} field={edited} onClose={() => setEdited(null)} />
          )
        }
      </FormDialog>
    </Stack>
  )
}
