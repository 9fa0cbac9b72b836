// What of a model is switched off, once all names are assigned, so that switching one thing off never renames
// another. The rest is what the record APIs show.

import type { ModelField } from '../model.ts'
import type { ObjectAnnotation } from './annotation.ts'
import type { KeyLink, Named } from './deriveFields.ts'

export interface Visibility {
  /** Whether the record APIs show the value. */
  readonly value: (annotation: ObjectAnnotation, field: ModelField) => boolean
  /** Whether they show the side of the link that is a field of its source, and the one of its target. */
  readonly toOne: (link: KeyLink) => boolean
  readonly toMany: (link: KeyLink) => boolean
}

/** The metadata API shows what is switched off, too. */
export const SHOWN_WITH_INACTIVE: Visibility = { value: () => true, toOne: () => true, toMany: () => true }

const hidesValue = ({ hiddenColumns }: ObjectAnnotation, field: ModelField): boolean => {
  if (hiddenColumns.size === 0) return false
  if (field.kind === 'scalar') return hiddenColumns.has(field.column.name)
  return field.kind === 'composite' && field.parts.some(({ column }) => hiddenColumns.has(column.name))
}

const hidesToOne = ({ source, target, claim }: KeyLink): boolean =>
  target.draft.annotation.isHidden || source.draft.annotation.hiddenColumns.has(claim.columns[0] ?? '')

const hidesToMany = ({ source, claim: { columns } }: KeyLink): boolean => {
  const { isHidden, hiddenColumns, relations } = source.draft.annotation
  return (
    isHidden || hiddenColumns.has(columns[0] ?? '') || relations.get(columns.join())?.isInverseHidden === true
  )
}

/**
 * Without what is switched off, and without fields that point at tables whose last field was removed, which
 * may remove the last of their own. A column whose relation is removed becomes an ordinary field.
 */
export const visibilityOf = (objects: readonly Named[]): Visibility => {
  const withoutObject = objects.filter(({ entry }) => entry.draft.object.columns.size === 0)
  const gone = new Set(withoutObject.map(({ entry }) => entry))
  const toOne = (link: KeyLink): boolean => !hidesToOne(link) && !gone.has(link.target)
  const toMany = (link: KeyLink): boolean => !hidesToMany(link) && !gone.has(link.source)
  const hasFields = ({ entry, names }: Named): boolean =>
    names.fields.some((field) => !hidesValue(entry.draft.annotation, field)) ||
    entry.links.some(
      (link) => (link.source === entry && toOne(link)) || (link.target === entry && toMany(link)),
    )
  for (let found = true; found; ) {
    const empty = objects.filter((object) => !gone.has(object.entry) && !hasFields(object))
    for (const { entry } of empty) gone.add(entry)
    found = empty.length > 0
  }
  return { value: (annotation, field) => !hidesValue(annotation, field), toOne, toMany }
}
