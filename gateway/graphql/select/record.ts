// The Selection of a record, from the fields that an operation selects. Fields that the role may not read are
// collected, so that the error can list them all.

import { type GraphQLSchema, isObjectType } from 'postgraphile/graphql'
import { COMPOSITES } from '../../../tenants/model/compositeType.ts'
import type { CompositeField, Model, ObjectModel } from '../../../tenants/model/model.ts'
import { wholeOf } from '../../records/model/permission.ts'
import { quoteJson } from '../../records/select/json.ts'
import type {
  ConstantField,
  ListSelection,
  PartField,
  RecordField,
  RecordSelection,
} from '../../records/selection.ts'
import { meaningOf } from '../meaning.ts'
import { argumentsOf, type Definition } from './arguments.ts'
import { type CollectContext, collectFields, type Selected } from './collect.ts'

/** Paths of fields that the role may not read, by object. */
export type Denied = Map<ObjectModel, Set<string>>

export interface SelectScope extends CollectContext {
  readonly schema: GraphQLSchema
  /** As the caller's role sees it. */
  readonly model: Model
  readonly denied: Denied
  /** Selects a list (connection.ts). */
  readonly connection: (scope: SelectScope, object: ObjectModel, selected: Selected) => ListSelection
}

export const deny = ({ denied }: SelectScope, object: ObjectModel, path: string): void => {
  const paths = denied.get(object) ?? new Set()
  denied.set(object, paths.add(path))
}

/** A model's own view of an object: the same or a reduced one. */
export const objectIn = (model: Model, object: ObjectModel): ObjectModel =>
  model.byTable.get(object.table) ?? object

export const definitionIn = (schema: GraphQLSchema, typeName: string, name: string): Definition => {
  const type = schema.getType(typeName)
  const definition = isObjectType(type) ? type.getFields()[name] : undefined
  if (definition === undefined) throw new Error(`The schema has no field ${typeName}.${name}.`)
  return definition
}

const typenameField = (key: string, typeName: string): ConstantField => ({
  kind: 'constant',
  key,
  json: quoteJson(typeName),
})

const selectParts = (
  scope: SelectScope,
  object: ObjectModel,
  field: CompositeField,
  selected: Selected,
): readonly (ConstantField | PartField)[] =>
  collectFields(selected.selections, scope).flatMap(
    ({ key, name }): readonly (ConstantField | PartField)[] => {
      if (name === '__typename') return [typenameField(key, COMPOSITES[field.type].graphqlName)]
      const part = field.parts.find((entry) => entry.part.name === name)
      if (part !== undefined) return [{ kind: 'part' as const, key, part }]
      deny(scope, object, `${field.name}.${name}`)
      return []
    },
  )

/** A field that is not in the model is computed by a function from all columns of the record. */
const selectComputed = (
  scope: SelectScope,
  object: ObjectModel,
  { key, name }: Selected,
): readonly RecordField[] => {
  const isSeenWhole = object.columns.size === wholeOf(object).columns.size
  const of = meaningOf(definitionIn(scope.schema, object.typeName, name))
  if (isSeenWhole && of?.kind === 'computed') return [{ kind: 'computed', key, fn: of.fn }]
  deny(scope, object, name)
  return []
}

const selectField = (scope: SelectScope, object: ObjectModel, selected: Selected): readonly RecordField[] => {
  const { key, name, node } = selected
  if (name === '__typename') return [typenameField(key, object.typeName)]
  const field = object.fields.get(name)
  switch (field?.kind) {
    case 'scalar': {
      const { type, isNested } = field.column
      return [{ kind: 'scalar', key, field, isFlat: type.isArray && isNested !== true }]
    }
    case 'composite':
      return [{ kind: 'composite', key, field, parts: selectParts(scope, object, field, selected) }]
    case 'toOne': {
      const target = scope.model.byTable.get(field.target)
      if (target === undefined) break
      return [{ kind: 'toOne', key, field, record: selectRecord(scope, target, selected) }]
    }
    case 'toMany': {
      const target = scope.model.byTable.get(field.target)
      if (target === undefined) break
      const list = scope.connection(scope, target, selected)
      if (!node.arguments?.length) return [{ kind: 'toMany', key, field, list }]
      const read = argumentsOf(definitionIn(scope.schema, object.typeName, name), node)
      return [{ kind: 'toMany', key, field, list, read }]
    }
  }
  if (wholeOf(object).fields.has(name)) {
    deny(scope, object, name)
    return []
  }
  return selectComputed(scope, object, selected)
}

export const selectRecord = (
  scope: SelectScope,
  object: ObjectModel,
  selected: Selected,
): RecordSelection => ({
  object,
  fields: collectFields(selected.selections, scope).flatMap((field) => selectField(scope, object, field)),
})
