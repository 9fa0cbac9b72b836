// A record, to be made or changed. In: its object and, if there is one, the record; out: a form that sends
// what was changed. What the gateway refuses is said above the buttons, in its words.

import { Alert, Button, Group, Stack } from '@mantine/core'
import { useState } from 'react'
import { failureOf } from '../api/failure.ts'
import { FIELD_TYPES } from '../model/field/fieldType.ts'
import type { Field, ModelObject } from '../model/object.ts'
import { Form } from '../parts/form.tsx'
import { useNotifier } from '../parts/notifications.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { type Draft, isEditable, shownValue, withPart, withValue } from './draft.ts'
import { CompositeInput } from './input/compositeInput.tsx'
import { RelationInput } from './input/relationInput.tsx'
import { ScalarInput } from './input/scalarInput.tsx'
import classes from './records.module.css'
import { useWrite } from './recordWrite.ts'
import { labelField } from './relationLabels.ts'
import type { Row } from './value.ts'

export interface RecordFormProps {
  readonly object: ModelObject
  readonly row: Row
  /** Null for a new record. */
  readonly recordKey: string | null
  readonly keyNames: readonly string[]
  readonly onDone: () => void
}

interface FieldInputProps {
  readonly field: Field
  /** Where one begins to type. */
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
  const value = shownValue(draft, row, name)
  if (FIELD_TYPES[type].parts.length > 0)
    return (
      <CompositeInput
        field={field}
        isFirst={isFirst}
        value={value}
        onChange={(part, next) => onChange(withPart(draft, row, name, part, next))}
        onFault={(part, isFaulty) => onFault(`${name}.${part}`, isFaulty)}
      />
    )
  return (
    <ScalarInput
      field={field}
      isFirst={isFirst}
      value={value}
      onChange={(next) => onChange(withValue(draft, row, name, next))}
      onFault={(isFaulty) => onFault(name, isFaulty)}
    />
  )
}

/** The label first; of an existing record its key stays, and what the role may not read is left out. */
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

export const RecordForm = (props: RecordFormProps) => {
  const { object, row, recordKey, onDone } = props
  const [draft, setDraft] = useState<Draft>({})
  const [faults, setFaults] = useState<ReadonlySet<string>>(new Set())
  const write = useWrite(object)
  const { notify } = useNotifier()
  const isNew = recordKey === null
  const changes = Object.keys(draft).length
  const release = useUnsaved(changes > 0 || faults.size > 0)
  const setFault = (name: string, isFaulty: boolean) =>
    setFaults((before) => new Set([...before].filter((each) => each !== name).concat(isFaulty ? [name] : [])))
  const save = async () => {
    await write.mutateAsync(
      isNew ? { kind: 'create', body: draft } : { kind: 'update', key: recordKey, body: draft },
    )
    release()
    // The saved record may have replaced this form by now.
    notify({ kind: 'success', title: `${object.labelSingular} was ${isNew ? 'created' : 'saved'}.` })
    setDraft({})
    onDone()
  }
  const submit = () => {
    // A refusal is shown from `write.error`.
    save().catch(() => undefined)
  }
  const failure = write.error === null ? null : failureOf(write.error)
  return (
    <Form
      onSubmit={submit}
      isUnchanged={!isNew && changes === 0}
      endClassName={classes.end ?? ''}
      end={
        <>
          {failure === null ? null : (
            <Alert role="alert" color="red" title={failure.message}>
              {failure.hint}
            </Alert>
          )}
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
