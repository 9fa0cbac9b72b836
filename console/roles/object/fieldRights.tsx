// The fields of one object that a role can see and edit.

import { Alert, Checkbox, Stack, Table, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Form } from '../../form/form.tsx'
import { SaveBar } from '../../form/saveBar.tsx'
import { useUnsaved } from '../../form/unsaved.tsx'
import rows from '../../parts/rows.module.css'
import { useApi } from '../../session/provider.tsx'
import type { RoleField, RoleObject } from '../objects.ts'
import { ROLES_KEY, type Role, setFieldRights } from '../roles.ts'
import {
  type RightsOnFields as Edited,
  type FieldRight,
  fieldRightOf,
  isTicked,
  type RecordAccess,
  recordAccessOf,
  restrictedPartsOf,
  withFieldRight,
  withRead,
  withUpdate,
} from './fieldRight.ts'

interface RowProps {
  readonly role: Role
  readonly field: RoleField
  readonly access: RecordAccess
  readonly right: FieldRight
  readonly onChange: (right: FieldRight) => void
}

const Row = ({ role, field, access, right, onChange }: RowProps) => {
  const { isEditable, listsFields } = role
  const sees = access.sees && isTicked(right.canRead, listsFields)
  const edits = access.edits && sees && isTicked(right.canUpdate, listsFields)
  const parts = restrictedPartsOf(role, field.id)
  return (
    <Table.Tr>
      <Table.Td>
        {field.label}{' '}
        <Text span size="xs" c="dimmed">
          {field.name}
          {parts.length === 0 ? '' : `; differs for ${parts.join(', ')}`}
        </Text>
      </Table.Td>
      <Table.Td>
        <Checkbox
          aria-label={`See ${field.label}`}
          disabled={!isEditable || !access.sees}
          checked={sees}
          onChange={(event) => onChange(withRead(right, event.currentTarget.checked, listsFields))}
        />
      </Table.Td>
      <Table.Td>
        <Checkbox
          aria-label={`Edit ${field.label}`}
          disabled={!isEditable || !access.edits || !sees}
          checked={edits}
          onChange={(event) => onChange(withUpdate(right, event.currentTarget.checked, listsFields))}
        />
      </Table.Td>
    </Table.Tr>
  )
}

const NoAccess = ({ object, access }: { readonly object: RoleObject; readonly access: RecordAccess }) => {
  const records = object.labelPlural.toLowerCase()
  if (access.sees && access.edits) return null
  return (
    <Alert color="gray">
      {access.sees
        ? `This role cannot create or edit ${records}, so it cannot edit any of their fields.`
        : `This role cannot see ${records}, so it cannot see any of their fields.`}
    </Alert>
  )
}

interface FieldRightsProps {
  readonly role: Role
  readonly object: RoleObject
}

const useSave = ({ role, object }: FieldRightsProps) => {
  const api = useApi()
  return useMutation({
    mutationFn: (edited: Edited) =>
      setFieldRights(
        api,
        role.id,
        [...edited].map(([fieldMetadataId, { canRead, canUpdate }]) => ({
          objectMetadataId: object.id,
          fieldMetadataId,
          canReadFieldValue: canRead,
          canUpdateFieldValue: canUpdate,
        })),
      ),
    meta: { stale: [ROLES_KEY], done: () => `The fields of “${object.labelPlural}” were changed.` },
  })
}

export const FieldRights = ({ role, object }: FieldRightsProps) => {
  const [edited, setEdited] = useState<Edited>(new Map())
  const save = useSave({ role, object })
  const access = recordAccessOf(role, object.id)
  const discard = () => setEdited(new Map())
  useUnsaved(edited.size > 0)
  return (
    <Form onSubmit={() => save.mutate(edited, { onSuccess: discard })} isSaving={save.isPending}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {role.listsFields
            ? 'This role sees only the selected fields. New fields stay hidden until you select them.'
            : 'This role sees all fields except the ones you clear.'}
        </Text>
        <NoAccess object={object} access={access} />
        <Table className={rows.plain} verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Field</Table.Th>
              <Table.Th w={70}>See</Table.Th>
              <Table.Th w={70}>Edit</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {object.fieldsList.map((field) => (
              <Row
                key={field.id}
                role={role}
                field={field}
                access={access}
                right={edited.get(field.id) ?? fieldRightOf(role, field.id)}
                onChange={(right) => setEdited((all) => withFieldRight(all, role, field.id, right))}
              />
            ))}
          </Table.Tbody>
        </Table>
        <SaveBar edits={edited.size} isBusy={save.isPending} onDiscard={discard} />
      </Stack>
    </Form>
  )
}
