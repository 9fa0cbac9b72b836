// Removes what is switched off from a model whose names are assigned, so that switching one thing off never
// renames another. The rest is what the record APIs show.

import type { ModelField } from '../model.ts'
import type { Draft } from './draft.ts'

const hidesField = (draft: Draft, field: ModelField, byTable: ReadonlyMap<string, Draft>): boolean => {
  const { annotation } = draft
  switch (field.kind) {
    case 'scalar':
      return annotation.hiddenColumns.has(field.column.name)
    case 'composite':
      return field.parts.some(({ column }) => annotation.hiddenColumns.has(column.name))
    case 'toOne':
      return (
        byTable.get(field.target)?.annotation.isHidden === true ||
        annotation.hiddenColumns.has(field.columns[0] ?? '')
      )
    case 'toMany': {
      const source = byTable.get(field.target)?.annotation
      return (
        source === undefined ||
        source.isHidden ||
        source.hiddenColumns.has(field.targetColumns[0] ?? '') ||
        source.relations.get(field.targetColumns.join())?.isInverseHidden === true
      )
    }
  }
}

/**
 * Removes fields that point at tables whose last field was removed, which may remove the last of their own.
 */
const withoutPointersTo = (drafts: readonly Draft[], gone: ReadonlySet<string>): void => {
  const isGone = (draft: Draft): boolean => draft.fields.size === 0 && !gone.has(draft.object.table)
  const more = drafts.filter(isGone).map(({ object }) => object.table)
  if (more.length === 0) return
  for (const { fields } of drafts)
    for (const [name, field] of fields)
      if ('target' in field && more.includes(field.target)) fields.delete(name)
  withoutPointersTo(drafts, new Set([...gone, ...more]))
}

/**
 * Removes what is switched off, and tables that are empty afterwards; a column whose relation is removed
 * becomes an ordinary field.
 */
export const withoutHidden = (drafts: readonly Draft[]): readonly Draft[] => {
  const byTable = new Map(drafts.map((draft) => [draft.object.table, draft]))
  for (const draft of drafts) {
    const { fields } = draft
    for (const [name, field] of fields) if (hidesField(draft, field, byTable)) fields.delete(name)
  }
  withoutPointersTo(drafts, new Set())
  for (const { fields } of drafts)
    for (const [name, field] of fields)
      if (field.kind === 'scalar' && field.joinOf !== null && !fields.has(field.joinOf))
        fields.set(name, { ...field, joinOf: null })
  return drafts.filter(({ annotation, fields }) => !annotation.isHidden && fields.size > 0)
}
