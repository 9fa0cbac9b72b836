// Plans an operation: from a valid document and the model as the caller's role sees it to an answer for each
// root field. Planned once for each combination of the document's conditions (`@skip`, `@include`). Root
// fields that select something the role may not read are refused before anything runs; the others are
// answered.

import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'postgraphile/graphql'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { Problem } from '../error/problem.ts'
import { deniedFields, deniedObject, isReadable } from '../records/model/permission.ts'
import type { Arguments } from '../records/run.ts'
import { quoteJson } from '../records/select/json.ts'
import { type ChangesField, changesField } from './changesField.ts'
import { type Meaning, meaningOf } from './meaning.ts'
import { answerEffect, answerRecordWrite, answerUndo } from './mutations.ts'
import type { AnswerField, RootField } from './rootField.ts'
import { answerQuery } from './roots.ts'
import { argumentsOf } from './select/arguments.ts'
import { collectFields, fragmentsOf, type Selected } from './select/collect.ts'
import { selectConnection } from './select/connection.ts'
import { type Denied, definitionIn, objectIn, type SelectScope } from './select/record.ts'
import { planBytes } from './validation/size.ts'

export type PlannedRoot = { readonly selected: Selected } & (
  | { readonly kind: 'constant'; readonly json: string }
  /** Introspection fields. */
  | { readonly kind: 'introspection' }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'answered'; readonly answer: AnswerField }
  | { readonly kind: 'changes'; readonly changes: ChangesField }
)

interface OperationPlan {
  readonly isMutation: boolean
  readonly roots: readonly PlannedRoot[]
}

export interface Planned {
  readonly schema: GraphQLSchema
  /** As the caller's role sees it. */
  readonly model: Model
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
}

const answerOf = (
  scope: SelectScope,
  field: RootField,
  of: Exclude<Meaning, { kind: 'changes' }>,
): AnswerField => {
  if (of.kind === 'write') return answerRecordWrite(scope, field, of)
  if (of.kind === 'undo') return answerUndo(scope, field, objectIn(scope.model, of.object), of.keyOf)
  if (of.kind === 'computed') throw new Error('A root field computes nothing of a record.')
  if (of.kind === 'values' && of.fn.kind === 'mutation') return answerEffect(field, of.fn)
  return answerQuery(scope, field, of)
}

const refusalOf = (of: Meaning, model: Model, denied: Denied): Problem | null => {
  const object: ObjectModel | null = 'object' in of ? objectIn(model, of.object) : null
  if (object !== null && !isReadable(object)) return deniedObject('read', object)
  if (denied.size === 0) return null
  return deniedFields(
    'read',
    [...denied].map(([each, paths]) => ({ object: each, paths: [...paths] })),
  )
}

const planRoot = (
  { schema, model, operation }: Planned,
  within: Omit<SelectScope, 'denied'>,
  selected: Selected,
): PlannedRoot => {
  const root = schema.getRootType(operation.operation)
  const { name, node } = selected
  if (name === '__typename') return { selected, kind: 'constant', json: quoteJson(root?.name ?? '') }
  if (name.startsWith('__')) return { selected, kind: 'introspection' }
  const definition = definitionIn(schema, root?.name ?? '', name)
  const of = meaningOf(definition)
  if (of === null) throw new Error(`The schema has no meaning for ${name}.`)
  const scope: SelectScope = { ...within, denied: new Map() }
  const unreadable = refusalOf(of, model, scope.denied)
  if (unreadable !== null) return { selected, kind: 'refused', problem: unreadable }
  try {
    const field = { selected, type: definition.type, read: argumentsOf(definition, node) }
    const answered =
      of.kind === 'changes'
        ? ({ kind: 'changes', changes: changesField(scope, field, objectIn(model, of.object)) } as const)
        : ({ kind: 'answered', answer: answerOf(scope, field, of) } as const)
    const refused = refusalOf(of, model, scope.denied)
    if (refused !== null) return { selected, kind: 'refused', problem: refused }
    return { selected, ...answered }
  } catch (error) {
    if (error instanceof Problem) return { selected, kind: 'refused', problem: error }
    throw error
  }
}

const plan = (planned: Planned, variables: Arguments): OperationPlan => {
  const { schema, model, document, operation } = planned
  const within = {
    schema,
    model,
    fragments: fragmentsOf(document),
    variables,
    connection: selectConnection,
  }
  return {
    isMutation: operation.operation === OperationTypeNode.MUTATION,
    roots: collectFields([operation.selectionSet], within).map((selected) =>
      planRoot(planned, within, selected),
    ),
  }
}

/** Names of the variables in a document's conditions. */
const conditionsIn = (document: DocumentNode): readonly string[] => {
  const names = new Set<string>()
  const visitSet = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      for (const directive of selection.directives ?? [])
        for (const { value } of directive.arguments ?? [])
          if (value.kind === Kind.VARIABLE) names.add(value.name.value)
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) visitSet(selection.selectionSet)
    }
  }
  for (const definition of document.definitions)
    if ('selectionSet' in definition) visitSet(definition.selectionSet)
  return [...names]
}

/** Combinations of conditions cached per document. */
const MAX_PLANS = 16

interface Known {
  readonly conditions: readonly string[]
  readonly plans: Map<string, OperationPlan>
}

/**
 * Plans by document and by the role's model: a document is one object as long as its schema is cached.
 * @param onPlan is given the estimated memory of a plan that was made
 */
export const createPlans = (onPlan: (document: DocumentNode, bytes: number) => void = () => {}) => {
  const byDocument = new WeakMap<DocumentNode, WeakMap<Model, Known>>()
  const knownOf = ({ document, model }: Planned): Known => {
    const byModel = byDocument.get(document) ?? new WeakMap<Model, Known>()
    byDocument.set(document, byModel)
    const known = byModel.get(model) ?? { conditions: conditionsIn(document), plans: new Map() }
    byModel.set(model, known)
    return known
  }
  return (planned: Planned, variables: Arguments): OperationPlan => {
    const { conditions, plans } = knownOf(planned)
    const holds = conditions.map((name) => (variables[name] === true ? '1' : '0')).join('')
    const key = `${planned.operation.name?.value ?? ''} ${holds}`
    const known = plans.get(key)
    if (known !== undefined) return known
    if (plans.size >= MAX_PLANS) plans.clear()
    const made = plan(planned, variables)
    plans.set(key, made)
    onPlan(planned.document, planBytes(planned.document, planned.operation))
    return made
  }
}

export type Plans = ReturnType<typeof createPlans>
