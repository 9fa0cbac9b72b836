// Form of a new or existing object: labels, API names, icon and description. The plural label follows the
// singular one, and names follow their labels, until they are edited.

import { SimpleGrid, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Change, changeOf } from './change.ts'
import { ChangeForm } from './changeForm.tsx'
import { IconPicker } from './iconPicker.tsx'
import { CreateObject, UpdateObject } from './modelChanges.graphql.ts'
import { nameOf } from './nameOf.ts'
import type { ModelObject } from './object.ts'
import { pluralOf } from './plural.ts'

interface Names {
  readonly labelSingular: string
  readonly labelPlural: string
  readonly nameSingular: string
  readonly namePlural: string
}

interface ObjectDraft extends Names {
  readonly icon: string
  readonly description: string
}

/** Only the edited values; the others are derived. */
type Typed = Partial<ObjectDraft>

const DEFAULT_ICON = 'IconBox'

const completed = (typed: Typed): ObjectDraft => {
  const labelSingular = typed.labelSingular ?? ''
  const labelPlural = typed.labelPlural ?? pluralOf(labelSingular)
  const nameSingular = typed.nameSingular ?? nameOf(labelSingular)
  return {
    labelSingular,
    labelPlural,
    nameSingular,
    namePlural: typed.namePlural ?? nameOf(labelPlural),
    icon: typed.icon ?? DEFAULT_ICON,
    description: typed.description ?? '',
  }
}

const draftOf = (object: ModelObject): ObjectDraft => ({
  labelSingular: object.labelSingular,
  labelPlural: object.labelPlural,
  nameSingular: object.nameSingular,
  namePlural: object.namePlural,
  icon: object.icon ?? DEFAULT_ICON,
  description: object.description ?? '',
})

const trimmed = (draft: ObjectDraft): ObjectDraft => ({
  labelSingular: draft.labelSingular.trim(),
  labelPlural: draft.labelPlural.trim(),
  nameSingular: draft.nameSingular.trim(),
  namePlural: draft.namePlural.trim(),
  icon: draft.icon,
  description: draft.description.trim(),
})

const createChange = (draft: ObjectDraft): Change => {
  const { description, ...names } = trimmed(draft)
  return changeOf(
    CreateObject,
    { object: { ...names, ...(description === '' ? {} : { description }) } },
    { title: `Create “${names.labelPlural}”`, done: `“${names.labelPlural}” was created.` },
  )
}

const updateChange = (object: ModelObject, draft: ObjectDraft): Change | null => {
  const before = draftOf(object)
  const after = trimmed(draft)
  const update = Object.fromEntries(
    Object.entries(after).filter(([key, value]) => value !== Reflect.get(before, key)),
  )
  if (Object.keys(update).length === 0) return null
  return changeOf(
    UpdateObject,
    { id: object.id, update },
    { title: `Change “${object.labelPlural}”`, done: `“${after.labelPlural}” was changed.` },
  )
}

interface ObjectFormProps {
  /** Absent for a new object. */
  readonly object?: ModelObject
  readonly onClose: () => void
}

const NAMES = [
  { key: 'labelSingular', label: 'Singular label' },
  { key: 'labelPlural', label: 'Plural label' },
  { key: 'nameSingular', label: 'Singular name in the API' },
  { key: 'namePlural', label: 'Plural name in the API' },
] as const satisfies readonly { readonly key: keyof Names; readonly label: string }[]

export const ObjectForm = ({ object, onClose }: ObjectFormProps) => {
  const [typed, setTyped] = useState<Typed>(() => (object === undefined ? {} : draftOf(object)))
  const areNamesFixed = object !== undefined && !object.isCustom
  const draft = completed(typed)
  const hasNoName = (key: keyof Names): boolean =>
    key.startsWith('name') && draft.labelSingular.trim() !== '' && draft[key] === ''
  return (
    <ChangeForm
      change={object === undefined ? createChange(draft) : updateChange(object, draft)}
      input={typed}
      onDone={onClose}
      onCancel={onClose}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {NAMES.map(({ key, label }, index) => (
          <TextInput
            key={key}
            label={label}
            required
            disabled={areNamesFixed && key.startsWith('name')}
            error={hasNoName(key) ? 'The label has no letters to derive a name from. Enter a name.' : null}
            {...(index === 0 ? { 'data-autofocus': true } : {})}
            value={draft[key]}
            autoComplete="off"
            spellCheck={!key.startsWith('name')}
            onChange={(event) => setTyped({ ...typed, [key]: event.currentTarget.value })}
          />
        ))}
        <IconPicker value={draft.icon} onChange={(icon) => setTyped({ ...typed, icon })} />
        <TextInput
          label="Description"
          value={draft.description}
          onChange={(event) => setTyped({ ...typed, description: event.currentTarget.value })}
        />
      </SimpleGrid>
      {areNamesFixed ? (
        <Text size="sm" c="dimmed">
          The API names of standard objects cannot be changed.
        </Text>
      ) : null}
    </ChangeForm>
  )
}
