// An object, new or changed: its four names and what it is for. In: the object if there is one; out: a dialog's content that ends in a
// dry run. Names follow the labels until somebody types others.

import { Group, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Change } from './change.ts'
import { ChangeForm } from './changeForm.tsx'
import { nameOf } from './nameOf.ts'
import type { ModelObject } from './object.ts'

interface Draft {
  readonly labelSingular: string
  readonly labelPlural: string
  readonly nameSingular: string
  readonly namePlural: string
  readonly description: string
}

const draftOf = (object: ModelObject): Draft => ({
  labelSingular: object.labelSingular,
  labelPlural: object.labelPlural,
  nameSingular: object.nameSingular,
  namePlural: object.namePlural,
  description: object.description ?? '',
})

const EMPTY: Draft = { labelSingular: '', labelPlural: '', nameSingular: '', namePlural: '', description: '' }

const complete = (draft: Draft): Draft => ({
  labelSingular: draft.labelSingular.trim(),
  labelPlural: draft.labelPlural.trim(),
  nameSingular: draft.nameSingular.trim() || nameOf(draft.labelSingular),
  namePlural: draft.namePlural.trim() || nameOf(draft.labelPlural),
  description: draft.description.trim(),
})

const createChange = (draft: Draft): Change | null => {
  const { description, ...names } = complete(draft)
  if (Object.values(names).includes('')) return null
  return {
    mutation: 'createOneObject',
    input: { object: { ...names, ...(description === '' ? {} : { description }) } },
    title: `Create “${names.labelPlural}”`,
    done: `“${names.labelPlural}” was created.`,
  }
}

const updateChange = (object: ModelObject, draft: Draft): Change | null => {
  const before = draftOf(object)
  const after = complete(draft)
  if (after.labelSingular === '' || after.labelPlural === '') return null
  const update = Object.fromEntries(
    Object.entries(after).filter(([key, value]) => value !== Reflect.get(before, key)),
  )
  if (Object.keys(update).length === 0) return null
  return {
    mutation: 'updateOneObject',
    input: { id: object.id, update },
    title: `Change “${object.labelPlural}”`,
    done: `“${after.labelPlural}” was changed.`,
  }
}

export interface ObjectFormProps {
  /** Absent: a new one. */
  readonly object?: ModelObject
  readonly onClose: () => void
}

export const ObjectForm = ({ object, onClose }: ObjectFormProps) => {
  const [draft, setDraft] = useState(() => (object === undefined ? EMPTY : draftOf(object)))
  const areNamesFixed = object !== undefined && !object.isCustom
  const input = (key: keyof Draft, label: string, placeholder = '') => (
    <TextInput
      label={label}
      required={key.startsWith('label')}
      disabled={areNamesFixed && key.startsWith('name')}
      placeholder={placeholder}
      miw={180}
      value={draft[key]}
      spellCheck={!key.startsWith('name')}
      onChange={(event) => setDraft({ ...draft, [key]: event.currentTarget.value })}
    />
  )
  const change = object === undefined ? createChange(draft) : updateChange(object, draft)
  return (
    <ChangeForm change={change} onDone={onClose} onCancel={onClose}>
      <Group grow align="flex-start" gap="sm">
        {input('labelSingular', 'One is called', 'Rocket')}
        {input('labelPlural', 'Many are called', 'Rockets')}
      </Group>
      <Group grow align="flex-start" gap="sm">
        {input('nameSingular', 'Singular in the API', nameOf(draft.labelSingular) || 'rocket')}
        {input('namePlural', 'Plural in the API', nameOf(draft.labelPlural) || 'rockets')}
      </Group>
      {areNamesFixed ? (
        <Text size="sm" c="dimmed">
          Standard objects keep their names in the API.
        </Text>
      ) : null}
      {input('description', 'Description')}
    </ChangeForm>
  )
}
