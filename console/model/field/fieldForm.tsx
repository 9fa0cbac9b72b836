// Form of a new or existing field. The type decides which inputs are shown.

import { Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ChangeForm } from '../changeForm.tsx'
import type { Field, ModelObject } from '../object.ts'
import { DefaultInput } from './defaultInput.tsx'
import {
  createFieldChange,
  draftName,
  draftOf,
  EMPTY_DRAFT,
  type FieldDraft,
  hasOptions,
  isRelation,
  updateFieldChange,
} from './fieldDraft.ts'
import { FIELD_TYPES, OFFERED_TYPES, typeLabel } from './fieldType.ts'
import { newOption, OptionsEditor } from './optionsEditor.tsx'
import { RelationInputs } from './relationInputs.tsx'

const NUMBER_TYPES = [
  { value: 'float', label: 'Floating point' },
  { value: 'int', label: 'Integer, up to 2,147,483,647' },
  { value: 'bigint', label: 'Integer, up to 19 digits' },
]

interface SectionProps {
  readonly draft: FieldDraft
  readonly onChange: (draft: FieldDraft) => void
}

const TypeSelect = ({ draft, onChange }: SectionProps) => (
  <Select
    label="Type"
    searchable
    allowDeselect={false}
    data={OFFERED_TYPES.map(({ value, label }) => ({ value, label }))}
    description={FIELD_TYPES[draft.type].hint}
    value={draft.type}
    renderOption={({ option }) => (
      <Stack gap={0}>
        <Text size="sm">{option.label}</Text>
        <Text size="xs" c="dimmed">
          {OFFERED_TYPES.find(({ value }) => value === option.value)?.hint}
        </Text>
      </Stack>
    )}
    onChange={(type) =>
      type !== null &&
      onChange({
        ...draft,
        type,
        defaultValue: null,
        isUnique: false,
        options: hasOptions(type) ? [newOption(0), newOption(1)] : [],
      })
    }
  />
)

const Naming = ({ draft, onChange, isNameFixed }: SectionProps & { readonly isNameFixed: boolean }) => (
  <Group grow align="flex-start" gap="sm" preventGrowOverflow={false} wrap="wrap">
    <TextInput
      data-autofocus
      label="Label"
      required
      miw={180}
      value={draft.label}
      onChange={(event) => onChange({ ...draft, label: event.currentTarget.value })}
    />
    <TextInput
      label="Name in the API"
      miw={180}
      disabled={isNameFixed}
      {...(isNameFixed ? { description: 'The names of standard fields cannot be changed.' } : {})}
      required={!isNameFixed}
      error={
        draft.label !== '' && draftName(draft) === ''
          ? 'The label has no letters to derive a name from. Enter a name.'
          : null
      }
      value={draftName(draft)}
      spellCheck={false}
      onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
    />
  </Group>
)

const Rules = ({ draft, onChange }: SectionProps) => (
  <Group gap="lg">
    <Checkbox
      label="Required"
      description="Requires a default value"
      checked={draft.isRequired}
      onChange={(event) => onChange({ ...draft, isRequired: event.currentTarget.checked })}
    />
    {FIELD_TYPES[draft.type].mayBeUnique ? (
      <Checkbox
        label="Unique"
        description="Compared with records that are not in the trash"
        checked={draft.isUnique}
        onChange={(event) => onChange({ ...draft, isUnique: event.currentTarget.checked })}
      />
    ) : null}
  </Group>
)

const Values = ({ draft, onChange }: SectionProps) => (
  <>
    {hasOptions(draft.type) ? (
      <OptionsEditor options={draft.options} onChange={(options) => onChange({ ...draft, options })} />
    ) : null}
    {draft.type === 'NUMBER' ? (
      <Select
        label="Numbers"
        allowDeselect={false}
        data={NUMBER_TYPES}
        value={draft.dataType}
        onChange={(dataType) => dataType !== null && onChange({ ...draft, dataType })}
      />
    ) : null}
    <DefaultInput
      key={draft.type}
      type={draft.type}
      options={draft.options}
      value={draft.defaultValue}
      onChange={(defaultValue) => onChange({ ...draft, defaultValue })}
    />
    <Rules draft={draft} onChange={onChange} />
  </>
)

/** Faults that belong to no single input. */
const faultsOf = (draft: FieldDraft, isNew: boolean): readonly string[] => [
  ...(hasOptions(draft.type) && draft.options.length === 0 ? ['Options: add at least one.'] : []),
  ...(isNew && draft.type === 'MORPH_RELATION' && draft.targetIds.length === 0
    ? ['Related objects: choose at least one.']
    : []),
]

interface FieldFormProps {
  readonly object: ModelObject
  /** Absent for a new field. */
  readonly field?: Field
  readonly onClose: () => void
}

export const FieldForm = ({ object, field, onClose }: FieldFormProps) => {
  const [draft, setDraft] = useState<FieldDraft>(() => (field === undefined ? EMPTY_DRAFT : draftOf(field)))
  const change = field === undefined ? createFieldChange(object, draft) : updateFieldChange(field, draft)
  const isNew = field === undefined
  return (
    <ChangeForm
      change={change}
      input={draft}
      faults={faultsOf(draft, isNew)}
      onDone={onClose}
      onCancel={onClose}
    >
      {isNew ? (
        <TypeSelect draft={draft} onChange={setDraft} />
      ) : (
        <Text size="sm" c="dimmed">
          {typeLabel(field.type)} · {object.nameSingular}.{field.name}
        </Text>
      )}
      <Naming draft={draft} onChange={setDraft} isNameFixed={!isNew && field.isCustom !== true} />
      <TextInput
        label="Description"
        value={draft.description}
        onChange={(event) => setDraft({ ...draft, description: event.currentTarget.value })}
      />
      {isRelation(draft.type) ? (
        isNew ? (
          <RelationInputs object={object} draft={draft} onChange={setDraft} />
        ) : null
      ) : (
        <Values draft={draft} onChange={setDraft} />
      )}
    </ChangeForm>
  )
}
