// Reduces the types of a schema to their essentials. GraphQL gives every field and argument an `extensions`
// object of its own, a hash table of 230 bytes even if it is empty, and every field a list of arguments. The
// extensions that PostGraphile adds for Grafast hold the whole build. The compact schema keeps the meanings
// of its fields as the only extensions, and shares its empty parts and equal fields.

import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  isEnumType,
} from 'postgraphile/graphql'
import { meaning, meaningOf } from '../meaning.ts'

interface Extended {
  extensions: Readonly<Record<string, unknown>>
}

const NO_EXTENSIONS = Object.freeze(Object.create(null))
const NO_ARGUMENTS: readonly GraphQLArgument[] = Object.freeze([])

const dropExtensions = (part: Extended): void => {
  part.extensions = NO_EXTENSIONS
}

export type Field = GraphQLField<unknown, unknown> | GraphQLInputField
export type FieldMap = Readonly<Record<string, Field>>

const compactField = (field: Field): void => {
  if (!('args' in field)) {
    dropExtensions(field)
    return
  }
  const of = meaningOf(field)
  field.extensions = of === null ? NO_EXTENSIONS : meaning(of)
  if (field.args.length === 0) field.args = NO_ARGUMENTS
  field.args.forEach(dropExtensions)
}

/** Whether name, type and description alone distinguish the field. */
const isPlain = (field: Field): boolean =>
  field.extensions === NO_EXTENSIONS &&
  field.deprecationReason == null &&
  ('args' in field
    ? field.args === NO_ARGUMENTS && field.resolve === undefined && field.subscribe === undefined
    : field.defaultValue === undefined)

/**
 * Gives one field for all plain ones of a name, a type and a description: connections and groups have the
 * same aggregates.
 */
const createSharing = () => {
  const known = {
    in: new Map<unknown, Map<string, Field[]>>(),
    out: new Map<unknown, Map<string, Field[]>>(),
  }
  return (field: Field): Field => {
    if (!isPlain(field)) return field
    const byType = 'args' in field ? known.out : known.in
    let ofType = byType.get(field.type)
    if (ofType === undefined) {
      ofType = new Map()
      byType.set(field.type, ofType)
    }
    // By name, then among its descriptions: a text of both would be made and hashed for each field.
    const ofName = ofType.get(field.name)
    if (ofName === undefined) {
      ofType.set(field.name, [field])
      return field
    }
    const shared = ofName.find(({ description }) => description === field.description)
    if (shared === undefined) ofName.push(field)
    return shared ?? field
  }
}

type Share = ReturnType<typeof createSharing>

/**
 * A map of fields without a prototype is a hash table of its own. As an object whose properties are added in
 * order it shares its layout with the equal types of other schemas.
 */
const fieldMap = <Of>(fields: readonly (readonly [name: string, field: Of])[]): Record<string, Of> =>
  // Not by assignments: V8 makes a dictionary of an object that grows by more than a dozen computed names.
  Object.setPrototypeOf(Object.fromEntries(fields), null)

const compactFields = (fields: FieldMap, share: Share): FieldMap =>
  fieldMap(
    Object.entries(fields).map(([name, field]) => {
      compactField(field)
      return [name, share(field)] as const
    }),
  )

export interface Compact {
  /** Compacts the type, not its fields. */
  readonly type: (type: GraphQLNamedType) => void
  readonly fields: (fields: FieldMap) => FieldMap
}

export const createCompact = (): Compact => {
  const share = createSharing()
  return {
    type: (type) => {
      dropExtensions(type)
      if (isEnumType(type)) type.getValues().forEach(dropExtensions)
    },
    fields: (fields) => compactFields(fields, share),
  }
}
