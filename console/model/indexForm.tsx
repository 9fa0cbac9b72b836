// Form for a new index. Fields are in the order of the index; composites are indexed by sub-field.

import { MultiSelect, SegmentedControl, Stack, Text } from '@mantine/core'
import { useId, useState } from 'react'
import { type Change, changeOf } from './change.ts'
import { ChangeForm } from './changeForm.tsx'
import { FIELD_TYPES } from './field/fieldType.ts'
import { CreateIndex } from './modelChanges.graphql.ts'
import type { Field, ModelObject } from './object.ts'

/** Columns of a field: `name`, `address.addressCity`. */
const choicesOf = (field: Field) => {
  if (field.relation?.type === 'ONE_TO_MANY' || field.morphRelations !== null) return []
  const { parts } = FIELD_TYPES[field.type]
  return parts.length === 0
    ? [{ value: field.id, label: field.name }]
    : parts.map(({ name }) => ({ value: `${field.id}.${name}`, label: `${field.name}.${name}` }))
}

const fieldOf = (choice: string) => {
  const [fieldMetadataId = '', subFieldName] = choice.split('.')
  return subFieldName === undefined ? { fieldMetadataId } : { fieldMetadataId, subFieldName }
}

interface IndexFormProps {
  readonly object: ModelObject
  readonly onClose: () => void
}

export const IndexForm = ({ object, onClose }: IndexFormProps) => {
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [indexType, setIndexType] = useState<'BTREE' | 'GIN'>('BTREE')
  const labelId = useId()
  const change: Change | null =
    chosen.length === 0
      ? null
      : changeOf(
          CreateIndex,
          { index: { objectMetadataId: object.id, fields: chosen.map(fieldOf), indexType } },
          { title: `Create an index on ${object.labelPlural}`, done: 'The index was created.' },
        )
  return (
    <ChangeForm
      change={change}
      input={{ chosen, indexType }}
      faults={chosen.length === 0 ? ['Fields: choose at least one.'] : []}
      onDone={onClose}
      onCancel={onClose}
    >
      <MultiSelect
        data-autofocus
        // Otherwise the list covers the form as soon as it opens.
        openOnFocus={false}
        label="Fields"
        description="In index order"
        searchable
        data={object.fieldsList.flatMap(choicesOf)}
        value={[...chosen]}
        onChange={setChosen}
      />
      <Stack gap={4}>
        <Text size="sm" fw={500} id={labelId}>
          Kind
        </Text>
        <SegmentedControl
          aria-labelledby={labelId}
          value={indexType}
          onChange={setIndexType}
          data={[
            { value: 'BTREE', label: 'B-tree: equality, ranges, sorting' },
            { value: 'GIN', label: 'GIN: lists, JSON and patterns on text' },
          ]}
        />
      </Stack>
    </ChangeForm>
  )
}
