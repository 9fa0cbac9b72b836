// The form of a new or existing record. Sends only what was edited.

import { Button, Group, Stack } from '@mantine/core'
import { useState } from 'react'
import { FailureAlert } from '../form/failureAlert.tsx'
import { Form } from '../form/form.tsx'
import { useUnsaved } from '../form/unsaved.tsx'
import { FIELD_TYPES } from '../model/field/fieldType.ts'
import type { Field, ModelObject } from '../model/object.ts'
import { type Draft, isEditable, shownParts, shownValue, withPart, withValue } from './draft.ts'
import { CompositeInput } from './input/compositeInput.tsx'
import { RelationInput } from './input/relationInput.tsx'
import { ScalarInput } from './input/scalarInput.tsx'
import classes from './records.module.css'
import { useWrite, type Write } from './recordWrite.ts'
import { labelField } from './relationLabels.ts'
import type { Row } from './value.ts'

interface RecordFormProps {
  readonly object: ModelObject
  readonly row: Row
  /** Null for a new record. */
  readonly recordKey: string | null
  readonly keyNames: readonly string[]
  readonly onDone: () => void
}

interface FieldInputProps {
  readonly field: Field
  /** Gets the initial focus. */
  readonly isFirst: boolean
  readonly row: Row
  readonly draft: Draft
  readonly onChange: (draft: Draft) => void
  readonly onFault: (name: string, isFaulty: boolean) => void
}

const FieldInput = ({ field, isFirst, row, draft, onChange, onFault }: FieldInputProps) => {
  const { name, type } = field
  if (type === 'RELATION' || type === 'MORPH_RELATION')
    return (
      <RelationInput
        field={field}
        row={{ ...row, ...draft }}
        onChange={(values) =>
          onChange(Object.entries(values).reduce((next, [join, id]) => withValue(next, row, join, id), draft))
        }
      />
    )
  if (FIELD_TYPES[type].parts.length > 0)
    return (
      <CompositeInput
        field={field}
        isFirst={isFirst}
        value={shownParts(draft, row, name)}
        onChange={(part, next) => onChange(withPart(draft, row, name, part, next))}
        onFault={(part, isFaulty) => onFault(`${name}.${part}`, isFaulty)}
      />
    )
  return (
    <ScalarInput
      field={field}
      isFirst={isFirst}
      value={shownValue(draft, row, name)}
      onChange={(next) => onChange(withValue(draft, row, name, next))}
      onFault={(isFaulty) => onFault(name, isFaulty)}
    />
  )
}

/** The label first. Of an existing record without its key and without fields that the role cannot read. */
const fieldsOf = ({ object, row, recordKey, keyNames }: RecordFormProps): readonly Field[] => {
  const label = labelField(object)
  return object.fieldsList
    .filter(isEditable)
    .filter(({ name, type }) =>
      recordKey === null
        ? name !== 'id' || type !== 'UUID'
        : !keyNames.includes(name) && (name in row || type === 'RELATION' || type === 'MORPH_RELATION'),
    )
    .toSorted((a, b) => Number(b.id === label?.id) - Number(a.id === label?.id))
}

/** Names of inputs whose text cannot be sent. */
const useFaults = () => {
  const [faults, setFaults] = useState<ReadonlySet<string>>(new Set())
  const setFault = (name: string, isFaulty: boolean) =>
    setFaults((before) => new Set([...before].filter((each) => each !== name).concat(isFaulty ? [name] : [])))
  return [faults, setFault] as const
}

export const RecordForm = (props: RecordFormProps) => {
  const { object, row, recordKey, onDone } = props
  const [draft, setDraft] = useState<Draft>({})
  const [faults, setFault] = useFaults()
  const write = useWrite(object, { showsFailure: true })
  const isNew = recordKey === null
  const isEdited = Object.keys(draft).length > 0
  const release = useUnsaved(isEdited || faults.size > 0)
  const request: Write = isNew
    ? { kind: 'create', body: draft }
    : { kind: 'update', key: recordKey, body: draft }
  const done = () => {
    // Closing the panel navigates, which asks about unsaved input.
    release()
    setDraft({})
    onDone()
  }
  return (
    <Form
      onSubmit={() => write.mutate(request, { onSuccess: done })}
      isUnchanged={!isNew && !isEdited}
      isSaving={write.isPending}
      endClassName={classes.end ?? ''}
      end={
        <>
          <FailureAlert failure={write.error} />
          <Group justify="flex-end" gap="xs">
            <Button type="submit" loading={write.isPending}>
              {isNew ? `Create ${object.labelSingular.toLowerCase()}` : 'Save'}
            </Button>
          </Group>
        </>
      }
    >
      <Stack gap="sm">
        {fieldsOf(props).map((field, index) => (
          <FieldInput
            key={field.id}
            isFirst={isNew && index === 0}
            field={field}
            row={row}
            draft={draft}
            onChange={setDraft}
            onFault={setFault}
          />
        ))}
      </Stack>
    </Form>
  )
}
