// Table of an object's fields with a menu of actions each. System fields are last and hidden at first.

import { Anchor, Badge, Code, Group, Stack, Switch, Table, Text } from '@mantine/core'
import { IconEdit, IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { ActionMenu } from '../../parts/actionMenu.tsx'
import rows from '../../parts/rows.module.css'
import { InactiveBadge } from '../badges.tsx'
import { BuildStatus } from '../build/buildStatus.tsx'
import { type Change, changeOf } from '../change.ts'
import { useChangeConfirmation } from '../changeConfirmation.tsx'
import { FormDialog } from '../changeForm.tsx'
import classes from '../model.module.css'
import { DeleteField, UpdateField } from '../modelChanges.graphql.ts'
import type { Field, ModelObject } from '../object.ts'
import { useMayChangeModel } from '../permission.tsx'
import { shownDefault } from './defaultValue.ts'
import { FieldForm } from './fieldForm.tsx'
import { typeLabel } from './fieldType.ts'
import { OptionBadge } from './optionBadge.tsx'

const Target = ({ field }: { readonly field: Field }) => {
  const ends = field.relation === null ? (field.morphRelations ?? []) : [field.relation]
  return (
    <Group gap={4}>
      <span>{ends[0]?.type === 'ONE_TO_MANY' ? 'many' : 'one'} of</span>
      {ends.map(({ targetObjectMetadata: target }) => (
        <Anchor key={target.id} component={Link} href={`/model/${target.nameSingular}`} size="sm">
          {target.labelPlural}
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

const activation = (field: Field): Change => {
  const isActive = field.isActive === false
  return changeOf(
    UpdateField,
    { id: field.id, update: { isActive } },
    {
      title: `${isActive ? 'Activate' : 'Deactivate'} the field “${field.label}”`,
      done: `The field “${field.label}” is ${isActive ? 'active' : 'inactive'}.`,
    },
  )
}

const deletion = ({ id, label, name }: Field): Change =>
  changeOf(
    DeleteField,
    { id },
    {
      title: `Delete the field “${label}” and everything in it`,
      done: `The field “${label}” was deleted.`,
      isDangerous: true,
      typed: name,
    },
  )

interface RowProps {
  readonly field: Field
  readonly isLabel: boolean
  readonly mayChange: boolean
  readonly onEdit: () => void
  readonly onChange: (change: Change) => void
}

const Row = ({ field, isLabel, mayChange, onEdit, onChange }: RowProps) => (
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
      <BuildStatus id={field.id} name={field.name} built={field} />
    </Table.Td>
    <Table.Td>{field.defaultValue == null ? null : <Code>{shownDefault(field.defaultValue)}</Code>}</Table.Td>
    <Table.Td>
      <ActionMenu
        label={`Change ${field.label}`}
        isDisabled={!mayChange}
        actions={[
          { label: 'Edit …', ActionSymbol: IconEdit, onSelect: onEdit },
          {
            label: field.isActive === false ? 'Activate …' : 'Deactivate …',
            ActionSymbol: field.isActive === false ? IconPlayerPlay : IconPlayerPause,
            isDisabled: field.isSystem === true,
            onSelect: () => onChange(activation(field)),
          },
          {
            label: 'Delete …',
            ActionSymbol: IconTrash,
            isDangerous: true,
            isDisabled: field.isCustom !== true || field.isSystem === true,
            onSelect: () => onChange(deletion(field)),
          },
        ]}
      />
    </Table.Td>
  </Table.Tr>
)

export const FieldsTable = ({ object }: { readonly object: ModelObject }) => {
  const mayChange = useMayChangeModel()
  const [edited, setEdited] = useState<Field | null>(null)
  const [showsSystem, setShowsSystem] = useState(false)
  const [confirmChange, confirmation] = useChangeConfirmation()
  const hidden = object.fieldsList.filter(({ isSystem }) => isSystem === true).length
  const fields = object.fieldsList.filter(({ isSystem }) => showsSystem || isSystem !== true)
  return (
    <Stack gap="sm">
      <div className={rows.framed}>
        <Table miw={720} className={rows.plain}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Field</Table.Th>
              <Table.Th>Type</Table.Th>
              <Table.Th>Details</Table.Th>
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
                onChange={confirmChange}
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
      {confirmation}
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
