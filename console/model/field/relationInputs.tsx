// Inputs of a relation: the related object, the direction, the field's name on the other side, and what
// happens when a related record is destroyed.

import { MultiSelect, Select, Stack, TextInput } from '@mantine/core'
import type { ModelObject } from '../object.ts'
import { useObjects } from '../objectQueries.ts'
import { type FieldDraft, type OnDelete, type RelationType, targetLabelOf } from './fieldDraft.ts'

interface RelationInputsProps {
  readonly object: ModelObject
  readonly draft: FieldDraft
  readonly onChange: (draft: FieldDraft) => void
}

const DIRECTIONS = (object: ModelObject): { value: RelationType; label: string }[] => [
  { value: 'MANY_TO_ONE', label: `Each ${object.labelSingular} has one` },
  { value: 'ONE_TO_MANY', label: `Each ${object.labelSingular} has many` },
]

const ENDS: { value: OnDelete; label: string }[] = [
  { value: 'SET_NULL', label: 'The relation is cleared' },
  { value: 'CASCADE', label: 'This record is destroyed, too' },
  { value: 'RESTRICT', label: 'The other record cannot be destroyed while a record points to it' },
  { value: 'NO_ACTION', label: 'Same, but checked at the end of the statement' },
]

export const RelationInputs = ({ object, draft, onChange }: RelationInputsProps) => {
  const objects = useObjects()
  const isMorph = draft.type === 'MORPH_RELATION'
  const data = (objects.data ?? [])
    .filter(({ id, isActive }) => isActive && !(isMorph && id === object.id))
    .map(({ id, labelPlural }) => ({ value: id, label: labelPlural }))
  const target = objects.data?.find(({ id }) => id === draft.targetIds[0])
  const isHere = isMorph || draft.relationType === 'MANY_TO_ONE'
  return (
    <Stack gap="sm">
      {isMorph ? (
        <MultiSelect
          label="Related objects"
          required
          searchable
          data={data}
          value={[...draft.targetIds]}
          onChange={(targetIds) => onChange({ ...draft, targetIds })}
        />
      ) : (
        <>
          <Select
            label="Direction"
            allowDeselect={false}
            data={DIRECTIONS(object)}
            value={draft.relationType}
            onChange={(relationType) => relationType !== null && onChange({ ...draft, relationType })}
          />
          <Select
            label="Related object"
            required
            searchable
            data={data}
            value={draft.targetIds[0] ?? null}
            onChange={(id) => onChange({ ...draft, targetIds: id === null ? [] : [id] })}
          />
        </>
      )}
      <TextInput
        label={`Label on ${isMorph ? 'the other side' : (target?.labelPlural ?? 'the other side')}`}
        description="The label of this relation on the related object."
        required
        value={targetLabelOf(object, draft)}
        onChange={(event) => onChange({ ...draft, targetLabel: event.currentTarget.value })}
      />
      {isHere ? (
        <Select
          label="When the other record is destroyed"
          allowDeselect={false}
          data={ENDS}
          value={draft.onDelete}
          onChange={(onDelete) => onDelete !== null && onChange({ ...draft, onDelete })}
        />
      ) : null}
    </Stack>
  )
}
