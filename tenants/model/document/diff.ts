// The changes that turn one model document into another; empty if they are equal. Things with the same name
// are the same; a field whose type cannot be converted safely is replaced, which loses its values.

import { isRecord } from '../json.ts'
import type { DeriveSteps } from '../read/steps.ts'
import { hasDataType } from '../scalarType.ts'
import {
  type FieldDocument,
  indexKey,
  isValueDocument,
  type LinkDocument,
  linksOf,
  type ModelDocument,
  type ObjectDocument,
} from './document.ts'

type ChangeKind =
  | 'RENAME_OBJECT'
  | 'RENAME_FIELD'
  | 'CREATE_OBJECT'
  | 'UPDATE_OBJECT'
  | 'DELETE_OBJECT'
  | 'CREATE_FIELD'
  | 'UPDATE_FIELD'
  | 'REPLACE_FIELD'
  | 'DELETE_FIELD'
  | 'CREATE_INDEX'
  | 'DELETE_INDEX'

export interface PropertyChange {
  readonly name: string
  readonly before: unknown
  readonly after: unknown
}

export interface ModelChange {
  readonly kind: ChangeKind
  readonly object: string
  readonly field: string | null
  /** Fields of the index, under their names in the document. */
  readonly index: string | null
  /** The change loses values of records. */
  readonly isDestructive: boolean
  /** For updates and replacements: the differing properties. */
  readonly properties: readonly PropertyChange[]
}

/** JSON with sorted keys, so that equal values are equal texts. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    isRecord(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  )

const NO_PROPERTIES = new Set(['fields', 'indexes', 'relation', 'relations'])

const differences = (before: object, after: object, prefix = ''): readonly PropertyChange[] => {
  const had = new Map<string, unknown>(Object.entries(before))
  const wants = new Map<string, unknown>(Object.entries(after))
  return [...new Set([...had.keys(), ...wants.keys()])].flatMap((name) =>
    NO_PROPERTIES.has(name) || canonical(had.get(name)) === canonical(wants.get(name))
      ? []
      : [{ name: prefix + name, before: had.get(name), after: wants.get(name) }],
  )
}

const linkDifferences = (before: FieldDocument, after: FieldDocument): readonly PropertyChange[] => {
  const had = new Map(linksOf(before).map((link) => [link.target, link]))
  const wants = new Map(linksOf(after).map((link) => [link.target, link]))
  const of = (prefix: string, from: LinkDocument, to: LinkDocument) => [
    ...differences({ onDelete: from.onDelete }, { onDelete: to.onDelete }, prefix),
    ...differences(from.inverse, to.inverse, `${prefix}inverse.`),
  ]
  const isMorph = after.type === 'MORPH_RELATION'
  const shared = [...had].flatMap(([target, from]) => {
    const to = wants.get(target)
    return to === undefined ? [] : of(isMorph ? `relations.${target}.` : 'relation.', from, to)
  })
  const targets = differences({ targets: [...had.keys()].sort() }, { targets: [...wants.keys()].sort() })
  return [...targets, ...shared]
}

/** Lossless conversions of numbers. */
const WIDENINGS = new Set(['int bigint', 'int float'])

const isReplaced = (before: FieldDocument, after: FieldDocument): boolean => {
  if (before.type !== after.type) return true
  if (before.type === 'RELATION') return linksOf(before)[0]?.target !== linksOf(after)[0]?.target
  const [from, to] = [before.settings?.dataType, after.settings?.dataType]
  return hasDataType(before.type) && from !== to && !WIDENINGS.has(`${String(from)} ${String(to)}`)
}

const valuesOf = (field: FieldDocument): readonly string[] =>
  isValueDocument(field)
    ? (field.options ?? []).map(({ value }) => value)
    : linksOf(field).map(({ target }) => target)

/**
 * New values of options by the values that they replace; an option that already has its name is not renamed
 * again.
 */
export const renamedOptions = (
  { renames = [] }: ModelDocument,
  object: string,
  field: string,
  values: readonly string[],
): ReadonlyMap<string, string> =>
  new Map(
    renames.flatMap(({ object: ofObject, field: ofField, option, from }): [string, string][] =>
      ofObject === object &&
      ofField === field &&
      option !== null &&
      values.includes(from) &&
      !values.includes(option)
        ? [[from, option]]
        : [],
    ),
  )

const isLossy = (
  before: FieldDocument,
  after: FieldDocument,
  renamed: ReadonlyMap<string, string>,
): boolean => {
  const kept = new Set([...valuesOf(after), ...renamed.keys()])
  return valuesOf(before).some((value) => !kept.has(value))
}

const keyed = <T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, T> =>
  new Map(values.map((value) => [keyOf(value), value]))

const fieldChanges = (
  before: ObjectDocument,
  after: ObjectDocument,
  document: ModelDocument,
): readonly ModelChange[] => {
  const object = after.nameSingular
  const had = keyed(before.fields, ({ name }) => name)
  const wants = keyed(after.fields, ({ name }) => name)
  const change = (field: string, kind: ChangeKind, more: Partial<ModelChange> = {}): ModelChange => ({
    kind,
    object,
    field,
    index: null,
    isDestructive: false,
    properties: [],
    ...more,
  })
  const gone = [...had.keys()].filter((name) => !wants.has(name))
  return [
    ...gone.map((name) => change(name, 'DELETE_FIELD', { isDestructive: true })),
    ...[...wants.values()].flatMap((want): readonly ModelChange[] => {
      const have = had.get(want.name)
      if (have === undefined) return [change(want.name, 'CREATE_FIELD')]
      const properties = [...differences(have, want), ...linkDifferences(have, want)]
      if (isReplaced(have, want))
        return [change(want.name, 'REPLACE_FIELD', { isDestructive: true, properties })]
      if (properties.length === 0) return []
      const renamed = renamedOptions(document, object, want.name, valuesOf(have))
      return [change(want.name, 'UPDATE_FIELD', { isDestructive: isLossy(have, want, renamed), properties })]
    }),
  ]
}

const indexChanges = (before: ObjectDocument, after: ObjectDocument): readonly ModelChange[] => {
  const had = keyed(before.indexes, indexKey)
  const wants = keyed(after.indexes, indexKey)
  const change = (kind: ChangeKind, index: string): ModelChange => ({
    kind,
    object: after.nameSingular,
    field: null,
    index,
    isDestructive: false,
    properties: [],
  })
  return [
    ...[...had.keys()].filter((key) => !wants.has(key)).map((key) => change('DELETE_INDEX', key)),
    ...[...wants.keys()].filter((key) => !had.has(key)).map((key) => change('CREATE_INDEX', key)),
  ]
}

const objectChange = (kind: ChangeKind, object: string, more: Partial<ModelChange> = {}): ModelChange => ({
  kind,
  object,
  field: null,
  index: null,
  isDestructive: false,
  properties: [],
  ...more,
})

/** Parts of a new object come with it and are not listed separately. */
const changesOfObject = (
  have: ObjectDocument | undefined,
  want: ObjectDocument,
  after: ModelDocument,
): readonly ModelChange[] => {
  if (have === undefined) return [objectChange('CREATE_OBJECT', want.nameSingular)]
  const properties = differences(have, want)
  return [
    ...(properties.length === 0 ? [] : [objectChange('UPDATE_OBJECT', want.nameSingular, { properties })]),
    ...fieldChanges(have, want, after),
    ...indexChanges(have, want),
  ]
}

/** In steps that count fields. */
export function* diffInSteps(
  before: ModelDocument,
  after: ModelDocument,
): DeriveSteps<readonly ModelChange[]> {
  const had = keyed(before.objects, ({ nameSingular }) => nameSingular)
  const wants = keyed(after.objects, ({ nameSingular }) => nameSingular)
  const changes = [...had.keys()]
    .filter((name) => !wants.has(name))
    .map((name) => objectChange('DELETE_OBJECT', name, { isDestructive: true }))
  for (const want of wants.values()) {
    changes.push(...changesOfObject(had.get(want.nameSingular), want, after))
    yield want.fields.length
  }
  return changes
}
