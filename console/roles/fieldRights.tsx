// The fields of one object under one role. In: what is restricted, or where the role lists its fields,
// admitted; out: the changes, in one call. A field that is not seen cannot be edited either.

import { Alert, Checkbox, Stack, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { Form } from '../parts/form.tsx'
import rows from '../parts/rows.module.css'
import { SaveBar } from '../parts/saveBar.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import type { ModelObject } from './objects.ts'
import { INHERITED, resolve } from './rights.ts'
import { ROLES_KEY, type Role, setFieldRights } from './roles.ts'

const STALE = [ROLES_KEY]

interface FieldRight {
  readonly canRead: boolean | null
  readonly canUpdate: boolean | null
}

const rightsOf = (role: Role, fieldId: string): FieldRight => {
  const found = role.fieldPermissions?.find(
    ({ fieldMetadataId, subFieldName }) => fieldMetadataId === fieldId && subFieldName === null,
  )
  return { canRead: found?.canReadFieldValue ?? null, canUpdate: found?.canUpdateFieldValue ?? null }
}

/**
 * What a ticked or unticked box is stored as: the role that lists its fields names those it has, the others
 * those they lack.
 */
const stored = (isTicked: boolean, listsFields: boolean): boolean | null =>
  listsFields ? (isTicked ? true : null) : isTicked ? null : false

const isTicked = (value: boolean | null, listsFields: boolean): boolean => value ?? !listsFields

const partsOf = (role: Role, fieldId: string): readonly string[] =>
  (role.fieldPermissions ?? []).flatMap(({ fieldMetadataId, subFieldName }) =>
    fieldMetadataId === fieldId && subFieldName !== null ? subFieldName : [],
  )

export const FieldRights = ({ role, object }: { readonly role: Role; readonly object: ModelObject }) => {
  const api = useApi()
  const [draft, setDraft] = useState<ReadonlyMap<string, FieldRight>>(new Map())
  const { listsFields } = role
  const rights =
    role.objectPermissions?.find(({ objectMetadataId }) => objectMetadataId === object.id) ?? INHERITED
  // A field cannot be seen or edited where the records cannot.
  const seesRecords = resolve('canReadObjectRecords', rights, role).isAllowed
  const editsRecords =
    resolve('canUpdateObjectRecords', rights, role).isAllowed ||
    resolve('canCreateObjectRecords', rights, role).isAllowed
  const { change, isBusy } = useChange({
    run: () =>
      setFieldRights(
        api,
        role.id,
        [...draft].map(([fieldMetadataId, { canRead, canUpdate }]) => ({
          objectMetadataId: object.id,
          fieldMetadataId,
          canReadFieldValue: canRead,
          canUpdateFieldValue: canUpdate,
        })),
      ),
    stale: STALE,
    done: () => `The fields of “${object.labelPlural}” were changed.`,
  })
  const edit = (fieldId: string, right: FieldRight) =>
    setDraft((all) => {
      const before = rightsOf(role, fieldId)
      const next = new Map(all)
      if (before.canRead === right.canRead && before.canUpdate === right.canUpdate) next.delete(fieldId)
      else next.set(fieldId, right)
      return next
    })
  useUnsaved(draft.size > 0)
  const submit = async () => {
    if ((await change(undefined)) !== null) setDraft(new Map())
  }
  return (
    <Form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {listsFields
            ? 'This role sees only the ticked fields. New fields stay hidden until they are ticked.'
            : 'This role sees all fields except the unticked ones.'}
        </Text>
        {seesRecords && editsRecords ? null : (
          <Alert color="gray">
            {seesRecords
              ? `This role cannot create or edit ${object.labelPlural.toLowerCase()}, so it cannot edit any of their fields.`
              : `This role cannot see ${object.labelPlural.toLowerCase()}, so it cannot see any of their fields.`}
          </Alert>
        )}
        <Table className={rows.plain} verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Field</Table.Th>
              <Table.Th w={70}>See</Table.Th>
              <Table.Th w={70}>Edit</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {object.fieldsList.map((field) => {
              const right = draft.get(field.id) ?? rightsOf(role, field.id)
              const sees = seesRecords && isTicked(right.canRead, listsFields)
              const edits = editsRecords && sees && isTicked(right.canUpdate, listsFields)
              const parts = partsOf(role, field.id)
              return (
                <Table.Tr key={field.id}>
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
                      disabled={!role.isEditable || !seesRecords}
                      checked={sees}
                      onChange={(event) => {
                        const canRead = stored(event.currentTarget.checked, listsFields)
                        edit(field.id, {
                          canRead,
                          canUpdate: event.currentTarget.checked
                            ? right.canUpdate
                            : stored(false, listsFields),
                        })
                      }}
                    />
                  </Table.Td>
                  <Table.Td>
                    <Checkbox
                      aria-label={`Edit ${field.label}`}
                      disabled={!role.isEditable || !editsRecords || !sees}
                      checked={edits}
                      onChange={(event) =>
                        edit(field.id, {
                          canRead: right.canRead,
                          canUpdate: stored(event.currentTarget.checked, listsFields),
                        })
                      }
                    />
                  </Table.Td>
                </Table.Tr>
              )
            })}
          </Table.Tbody>
        </Table>
        <SaveBar edits={draft.size} isBusy={isBusy} onDiscard={() => setDraft(new Map())} />
      </Stack>
    </Form>
  )
}
