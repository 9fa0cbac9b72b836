// The read-only part of a record: system fields, and links to the lists of records that point to it.

import { Anchor, Code, DataList, Group, Stack, Title } from '@mantine/core'
import { Link } from 'wouter'
import type { Field, ModelObject } from '../model/object.ts'
import { LinkCell, ValueCell } from './cell.tsx'
import { isEditable } from './draft.ts'
import { useSoleKey } from './key.ts'
import { joinOf, referencedOf } from './link.ts'
import { type Row, valueText } from './value.ts'
import { conditionsParameter } from './view.ts'

interface DetailsProps {
  readonly object: ModelObject
  readonly row: Row
}

const Lists = ({ object, row }: DetailsProps) => {
  const lists = object.fieldsList.filter(
    ({ relation, isActive }) => relation?.type === 'ONE_TO_MANY' && isActive !== false,
  )
  const key = useSoleKey(object)
  const shown = lists.flatMap((field) => {
    const by = (field.relation === null ? undefined : referencedOf(field.relation.targetFieldMetadata)) ?? key
    const value = by === undefined ? null : (row[by] ?? null)
    return value === null ? [] : [{ ...field, value }]
  })
  if (shown.length === 0) return null
  return (
    <Stack gap="xs">
      <Title order={3}>Records that point here</Title>
      <Group gap="md">
        {shown.map(({ id: fieldId, label, relation, value }) =>
          relation === null ? null : (
            <Anchor
              key={fieldId}
              component={Link}
              size="sm"
              href={`/records/${relation.targetObjectMetadata.namePlural}?${conditionsParameter([
                {
                  path: joinOf(relation.targetFieldMetadata, object.nameSingular),
                  operator: 'is',
                  values: [String(value)],
                },
              ])}`}
            >
              {label}
            </Anchor>
          ),
        )}
      </Group>
    </Stack>
  )
}

const Fact = ({ field, row }: { readonly field: Field; readonly row: Row }) => (
  <DataList.Item>
    <DataList.ItemLabel>{field.label}</DataList.ItemLabel>
    <DataList.ItemValue>
      {field.type === 'UUID' ? (
        <Code>{String(row[field.name] ?? '')}</Code>
      ) : field.relation !== null ? (
        <LinkCell field={field} row={row} rows={[row]} />
      ) : (
        <ValueCell field={field} value={row[field.name]} />
      )}
    </DataList.ItemValue>
  </DataList.Item>
)

/** @param isWhole includes editable fields, for records in the trash. */
export const RecordDetails = ({ object, row, isWhole }: DetailsProps & { readonly isWhole: boolean }) => {
  const facts = object.fieldsList.filter(
    (field) =>
      field.name in row &&
      field.type !== 'TS_VECTOR' &&
      (isWhole || !isEditable(field)) &&
      (field.type === 'UUID' || valueText(field, row[field.name]) !== ''),
  )
  return (
    <Stack gap="lg">
      <Lists object={object} row={row} />
      <DataList>
        {facts.map((field) => (
          <Fact key={field.id} field={field} row={row} />
        ))}
      </DataList>
    </Stack>
  )
}
