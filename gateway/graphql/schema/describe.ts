// Gives every type, field and argument of a schema a description when it is built. Comments of the
// workspace's own tables, columns and functions precede the texts given here.

import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'postgraphile/graphql'
import { COMPOSITES } from '../../../tenants/model/compositeType.ts'
import type { ModelField, ObjectModel } from '../../../tenants/model/model.ts'
import { SCALARS } from '../../../tenants/model/scalarType.ts'
import { isOperatorName, operatorDefinition } from '../../records/read/filterOperator.ts'
import { type Meaning, meaningOf } from '../meaning.ts'
import {
  AGGREGATE_TEXTS,
  ARGUMENT_TEXTS,
  MEMBER_TEXTS,
  MISSING_OPERATOR_TEXTS,
  PART_TEXTS,
  RECORD_TEXTS,
  SHARED_TYPE_TEXTS,
  STRUCTURE_TEXTS,
  SUFFIX_TEXTS,
} from './texts.ts'
import type { Vocabulary } from './vocabulary.ts'

type Texts = Readonly<Record<string, string>>
type Field = GraphQLField<unknown, unknown> | GraphQLInputField

const textIn = (texts: Texts, name: string): string | undefined =>
  Object.hasOwn(texts, name) ? texts[name] : undefined

const recordText = ({ key }: ObjectModel, field: ModelField): string => {
  switch (field.kind) {
    case 'scalar':
      if (key.includes(field.column.name)) return 'Identifies the record.'
      if (field.joinOf !== null) return 'Id of the related record; null if there is none.'
      return textIn(RECORD_TEXTS, field.name) ?? SCALARS[field.type].description
    case 'composite':
      return SHARED_TYPE_TEXTS[COMPOSITES[field.type].graphqlName] ?? 'A value of several parts.'
    case 'toOne':
      return 'The record that this one belongs to; null if there is none, or if it is in the trash.'
    case 'toMany':
      return 'The records that belong to this one.'
  }
}

const WRITES: Readonly<Record<string, string>> = {
  create: 'Creates records, all or none, and returns them.',
  update: 'Updates records and returns them. Absent fields keep their values.',
  delete: 'Moves records to the trash, or deletes them where the object has none.',
  destroy: 'Deletes records permanently.',
  restore: 'Takes records out of the trash.',
  merge: 'Merges records into one of them and points all relations to it.',
}

const writeText = (name: string): string =>
  WRITES[/^[a-z]+/.exec(name)?.[0] ?? ''] ?? 'Calls a function of the workspace that writes.'

const rootText = (name: string, of: Meaning): string => {
  switch (of.kind) {
    case 'nothing':
      return 'Always null.'
    case 'list':
      return 'A page of the records that match.'
    case 'record':
      return 'The first record that matches; null if there is none.'
    case 'groups':
      return 'Groups of the records that match, with aggregates.'
    case 'duplicates':
      return 'For each record or draft, its duplicates by the criteria of the object.'
    case 'history':
      return 'The changes to one record, newest first.'
    case 'undo':
      return 'Restores the values from before a change, unless they have been overwritten since.'
    case 'changes':
      return 'Changes to records, as they are committed.'
    case 'search':
      return 'Full-text search over all objects, best result first.'
    case 'write':
      return writeText(name)
    case 'values':
    case 'recordsOf':
    case 'computed':
      return 'The result of a function of the workspace.'
  }
}

const SUFFIXES = Object.keys(SUFFIX_TEXTS)

const AGGREGATES = Object.entries(AGGREGATE_TEXTS)

const aggregateText = (name: string): string | undefined =>
  AGGREGATES.find(([prefix]) => name.startsWith(prefix))?.[1]

const COMPOSITE_TYPES: ReadonlySet<string> = new Set(
  Object.values(COMPOSITES).map(({ graphqlName }) => graphqlName),
)
const CONNECTIVES: ReadonlySet<string> = new Set(['and', 'or', 'not'])

const operatorText = (name: string): string =>
  isOperatorName(name)
    ? operatorDefinition(name).description
    : (textIn(MISSING_OPERATOR_TEXTS, name) ?? 'A condition.')

/** The text of a field that stands for no field of a record. */
const structureText = (typeName: string, suffix: string, name: string): string => {
  if (suffix === 'Filter') return operatorText(name)
  const memberText = textIn(MEMBER_TEXTS, suffix)
  return (
    (COMPOSITE_TYPES.has(typeName) ? textIn(PART_TEXTS, name) : undefined) ??
    (memberText === undefined || CONNECTIVES.has(name) ? textIn(STRUCTURE_TEXTS, name) : undefined) ??
    memberText ??
    aggregateText(name) ??
    'A value.'
  )
}

const describeArguments = (args: readonly GraphQLArgument[]): void => {
  for (const argument of args)
    argument.description ??=
      textIn(ARGUMENT_TEXTS, argument.name) ?? 'A value of the key, or of the function.'
}

const describeFields = (
  typeName: string,
  suffix: string,
  fields: readonly Field[],
  object: ObjectModel | undefined,
): void => {
  for (const field of fields) {
    const of = 'args' in field ? meaningOf(field) : null
    const inRecord = object?.fields.get(field.name)
    if (of !== null) field.description ??= rootText(field.name, of)
    else if (object !== undefined && inRecord !== undefined)
      field.description ??= recordText(object, inRecord)
    else field.description ??= structureText(typeName, suffix, field.name)
    if ('args' in field) describeArguments(field.args)
  }
}

const typeText = (name: string, suffix: string, object: ObjectModel | undefined): string =>
  textIn(SHARED_TYPE_TEXTS, name) ??
  (object === undefined ? textIn(SUFFIX_TEXTS, suffix) : `One of the ${object.namePlural}.`) ??
  'A value.'

const isOwn = ({ name }: GraphQLNamedType): boolean =>
  !name.startsWith('__') && !['String', 'Int', 'Float', 'Boolean', 'ID'].includes(name)

export interface Describe {
  /** Describes the type, not its fields. */
  readonly type: (type: GraphQLNamedType) => void
  readonly fields: (typeName: string, fields: readonly Field[]) => void
}

export const createDescribe = ({ objects }: Pick<Vocabulary, 'objects'>): Describe => {
  const byType = new Map(objects.map((object) => [object.typeName, object]))
  const suffixOf = (typeName: string): string =>
    byType.has(typeName) ? '' : (SUFFIXES.find((each) => typeName.endsWith(each)) ?? '')
  return {
    type: (type) => {
      if (isOwn(type) && (isObjectType(type) || isInputObjectType(type) || isEnumType(type)))
        type.description ??= typeText(type.name, suffixOf(type.name), byType.get(type.name))
    },
    fields: (typeName, fields) => describeFields(typeName, suffixOf(typeName), fields, byType.get(typeName)),
  }
}
