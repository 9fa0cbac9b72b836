// Queries that read records, without the executor: each root field becomes one statement whose rows are written as JSON. In: a
// valid document and its shape; out: a plan, made once per document, or null where the document asks for something else
// (introspection, conditional selections, fields that plugins added): that is Grafast's.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  getVariableValues,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'postgraphile/graphql'
import type { Rows } from '../../../sql/lanes.ts'
import type { ObjectModel } from '../../../tenants/model/model.ts'
import { Problem } from '../../problem.ts'
import { createTextEmitter } from '../../query/emit.ts'
import { compileMatching, compileRows } from '../../query/page.ts'
import type { CompiledShape } from '../../shape/compile.ts'
import { collectFields, NotCovered, type Selected } from './collect.ts'
import { argumentsOf, type Definition, planNestedList, planRootList, type Statement } from './list.ts'
import { nextAlias, type PlanScope, planRecord } from './record.ts'
import { type Run, sqlOf } from './run.ts'

interface RootField {
  readonly selected: Selected
  /** Null for a field that needs no statement. */
  readonly compile: ((run: Run) => Statement) | null
  readonly constant: string
}

export interface ReadPlan {
  readonly execute: (
    variables: Readonly<Record<string, unknown>>,
    run: (statement: { readonly text: string; readonly values: readonly (string | null)[] }) => Promise<Rows>,
  ) => Promise<{ readonly data: string | undefined; readonly errors: readonly GraphQLError[] }>
}

const planRootRecord = (
  scope: PlanScope,
  object: ObjectModel,
  selected: Selected,
  definition: Definition,
): ((run: Run) => Statement) => {
  const alias = nextAlias(scope)
  const record = planRecord(scope, object, alias, selected)
  const read = argumentsOf(definition, selected.node)
  return (run) => {
    const matching = compileMatching(run.e, scope.model, object, alias, { filter: read(run).filter })
    const { rows } = compileRows(run.e, scope.model, object, alias, matching, {
      orderBy: null,
      limit: 1,
      isBackward: false,
      cursor: null,
      columns: record.reads,
    })
    const columns = ['true', ...record.columns.map((sql) => sqlOf(sql, run))].join(', ')
    const joins = record.joins.map((sql) => sqlOf(sql, run)).join('')
    return {
      text: `select ${columns} from ${rows}${joins}`,
      write: ([row]) => {
        if (row === undefined)
          throw new Problem('NOT_FOUND', 'Record not found', { subCode: 'RECORD_NOT_FOUND' })
        return record.write(row, 1, run)
      },
    }
  }
}

const definitionOf = ({ schema }: CompiledShape, typeName: string, fieldName: string): Definition => {
  const type = schema.getType(typeName)
  const definition = isObjectType(type) ? type.getFields()[fieldName] : undefined
  if (definition === undefined) throw new NotCovered()
  return definition
}

const planRoot = (scope: PlanScope, shape: CompiledShape, selected: Selected): RootField => {
  if (selected.name === '__typename') return { selected, compile: null, constant: '"Query"' }
  const { model } = shape
  const definition = definitionOf(shape, 'Query', selected.name)
  const list = model.byPlural.get(selected.name)
  if (list !== undefined) {
    const compile = planRootList(scope, list, selected, argumentsOf(definition, selected.node))
    return { selected, compile, constant: '' }
  }
  const object = model.bySingular.get(selected.name)
  if (object === undefined) throw new NotCovered()
  return { selected, compile: planRootRecord(scope, object, selected, definition), constant: '' }
}

const errorAt = (error: unknown, { key, node }: Selected): GraphQLError =>
  error instanceof GraphQLError
    ? error
    : new GraphQLError(error instanceof Error ? error.message : String(error), {
        nodes: node,
        path: [key],
        originalError: error instanceof Error ? error : new Error(String(error)),
      })

const planOperation = (
  operation: OperationDefinitionNode,
  document: DocumentNode,
  shape: CompiledShape,
): ReadPlan => {
  const fragments = new Map(
    document.definitions
      .filter(
        (definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION,
      )
      .map((definition) => [definition.name.value, definition]),
  )
  const roots = collectFields([operation.selectionSet], fragments).map((selected) => {
    const scope: PlanScope = {
      model: shape.model,
      fragments,
      counts: { aliases: 0, lists: 0 },
      planNested: (inner, object, field, alias, nested) =>
        planNestedList(inner, field, alias, nested, definitionOf(shape, object.typeName, nested.name)),
    }
    return planRoot(scope, shape, selected)
  })

  return {
    execute: async (given, send) => {
      const coerced = getVariableValues(shape.schema, operation.variableDefinitions ?? [], given)
      if (coerced.errors !== undefined) return { data: undefined, errors: coerced.errors }
      const errors: GraphQLError[] = []
      const answer = async ({ selected, compile, constant }: RootField): Promise<string> => {
        if (compile === null) return constant
        try {
          const e = createTextEmitter()
          const run: Run = { e, variables: coerced.coerced, lists: new Map() }
          const { text, write } = compile(run)
          return write(await send({ text, values: e.values }))
        } catch (error) {
          errors.push(errorAt(error, selected))
          return 'null'
        }
      }
      const values = await Promise.all(roots.map(answer))
      const fields = roots.map(({ selected }, index) => `${JSON.stringify(selected.key)}:${values[index]}`)
      return { data: `{${fields.join(',')}}`, errors }
    },
  }
}

/** The plan of an operation, or null where it is not one of reads alone. */
export const planReads = (
  document: DocumentNode,
  operationName: string | undefined,
  shape: CompiledShape,
): ReadPlan | null => {
  const operation = getOperationAST(document, operationName)
  if (operation?.operation !== OperationTypeNode.QUERY || operation.directives?.length) return null
  try {
    return planOperation(operation, document, shape)
  } catch (error) {
    if (error instanceof NotCovered) return null
    throw error
  }
}
