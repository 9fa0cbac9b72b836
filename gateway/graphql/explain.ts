// Explains data and filters that GraphQL's types refuse, in REST's words. Returns the faults of the records
// and filters, or null if something else is wrong. GraphQL's own message names a scalar or a type; this one
// names the field, and its operators.

import {
  type ASTNode,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  getNamedType,
  TypeInfo,
  type TypeNode,
  type ValueNode,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'postgraphile/graphql'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { Problem } from '../error/problem.ts'
import { createParams } from '../records/params.ts'
import { compileFilter } from '../records/read/filter.ts'
import { boundValuesOf, type Mode } from '../records/write/assign.ts'
import { eachRecord } from '../records/write/faults.ts'

const INPUT = /^(.*)(Create|Update|Filter)Input$/

type Kind = Mode | 'filter'

const KINDS: Readonly<Record<string, Kind>> = { Create: 'create', Update: 'update', Filter: 'filter' }

interface Input {
  readonly object: ObjectModel
  readonly kind: Kind
}

/** What an input type describes; undefined if it is neither a record nor a filter of records. */
const inputOf = (model: Model, name: string): Input | undefined => {
  const [, typeName, suffix = ''] = INPUT.exec(name) ?? []
  const object = model.objects.find((candidate) => candidate.typeName === typeName)
  const kind = KINDS[suffix]
  return object === undefined || kind === undefined ? undefined : { object, kind }
}

/** The refusal of a value; null if REST would accept it. */
const refusalOf = (model: Model, { object, kind }: Input, given: unknown): Problem | null => {
  try {
    if (kind === 'filter') compileFilter(createParams(), model, object, 't', given)
    else {
      const records: readonly unknown[] = Array.isArray(given) ? given : [given]
      eachRecord(records, (record) => boundValuesOf(model, object, record, kind))
    }
    return null
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error
  }
}

const namedType = (type: TypeNode): string =>
  type.kind === 'NamedType' ? type.name.value : namedType(type.type)

export const explainVariables = (
  document: DocumentNode,
  model: Model,
  variables: Readonly<Record<string, unknown>>,
): Problem | null => {
  const refusals: Problem[] = []
  visit(document, {
    VariableDefinition: ({ variable, type }) => {
      const given = variables[variable.name.value]
      const input = inputOf(model, namedType(type))
      const isGiven = input !== undefined && (given != null || input.kind !== 'filter')
      const refusal = isGiven ? refusalOf(model, input, given) : null
      if (refusal !== null) refusals.push(refusal)
    },
  })
  const [first = null] = refusals
  // The types decide how a record to connect is named.
  return first?.options.subCode?.startsWith('CONNECT_') === true ? null : first
}

/** The fields of all objects within a value. */
const fieldsWithin = (value: ValueNode): readonly ASTNode[] => {
  switch (value.kind) {
    case 'ObjectValue':
      return value.fields.flatMap((field) => [field, ...fieldsWithin(field.value)])
    case 'ListValue':
      return value.values.flatMap(fieldsWithin)
    default:
      return []
  }
}

interface Refused {
  readonly fields: ReadonlySet<ASTNode>
  readonly message: string
}

/** The arguments of a document that are filters and that REST would refuse. */
const refusedFilters = (document: DocumentNode, schema: GraphQLSchema, model: Model): readonly Refused[] => {
  const found: Refused[] = []
  const types = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(types, {
      Argument: ({ value }) => {
        if (value.kind !== 'ObjectValue') return
        const type = getNamedType(types.getArgument()?.type)
        const input = type === undefined ? undefined : inputOf(model, type.name)
        if (input?.kind !== 'filter') return
        const refusal = refusalOf(model, input, valueFromASTUntyped(value))
        if (refusal !== null) found.push({ fields: new Set(fieldsWithin(value)), message: refusal.message })
      },
    }),
  )
  return found
}

const UNDEFINED_INPUT = /^Field "(\w+)" is not defined by type "/

/**
 * Explains errors of a document: the filter operator that its type lacks; null if the error is another one.
 * Filters are read once for all errors.
 */
export const createExplainOperator = (schema: GraphQLSchema, model: Model) => {
  let refused: readonly Refused[] | undefined
  return (error: GraphQLError, document: DocumentNode): string | null => {
    const [, name] = UNDEFINED_INPUT.exec(error.message) ?? []
    const fault = error.nodes?.[0]
    if (name === undefined || fault === undefined) return null
    refused ??= refusedFilters(document, schema, model)
    const of = refused.find(({ fields }) => fields.has(fault))
    return of?.message.includes(`perator "${name}"`) === true ? of.message : null
  }
}
