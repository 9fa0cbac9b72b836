// Operations on records, without the executor: each root field becomes one statement whose rows are written as JSON. In: a
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
import type { Rows } from '../../../sql/pipeline/pool.ts'
import { quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { createParams } from '../../records/params.ts'
import { compileMatching, compileRows } from '../../records/read/page.ts'
import { recordNotFound } from '../../records/read/relation.ts'
import type { BatchWay } from '../../records/write/createMany.ts'
import type { WriteStatement } from '../../records/write/run.ts'
import { WRITTEN } from '../../records/write/write.ts'
import type { CompiledShape } from '../../shape/compile.ts'
import type { PlanContext } from '../../shape/planContext.ts'
import { orderIn, type RecordWrite, recordWriteOf } from '../../shape/recordWrite.ts'
import { objectIn } from '../../shape/view.ts'
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

export interface DirectPlan {
  readonly execute: (
    variables: Readonly<Record<string, unknown>>,
    context: PlanContext,
    send: (statement: {
      readonly text: string
      readonly values: readonly (string | null)[]
    }) => Promise<Rows>,
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
    const { filter } = read(run)
    const matching = compileMatching(run.e, scope.model, object, alias, { filter })
    const { rows } = compileRows(run.e, scope.model, object, alias, matching, {
      filter,
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
        if (row === undefined) throw recordNotFound()
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

/** A write and, behind it, what is selected of the records written. */
const planWrite = (
  scope: PlanScope,
  { object: whole, how, answer }: RecordWrite,
  selected: Selected,
  definition: Definition,
): ((run: Run) => Statement) => {
  const object = objectIn(scope.model, whole)
  const record = planRecord(scope, object, WRITTEN, selected)
  // A statement does not see its own write: what reads the written table again takes a statement after it.
  if (scope.related.has(object.table)) throw new NotCovered()
  // Neither is one statement: see WriteHow.split.
  if (selected.node.arguments?.some(({ name }) => name.value === 'onError')) throw new NotCovered()
  const read = argumentsOf(definition, selected.node)
  const order = orderIn(object, how)
    .map((column) => `${WRITTEN}.${quoteIdentifier(column)}`)
    .join(', ')
  return (run) => {
    const given = read(run)
    const write = how.compile(run.e, given, run.context, run.way)
    const columns = ['true', ...record.columns.map((sql) => sqlOf(sql, run))].join(', ')
    const joins = record.joins.map((sql) => sqlOf(sql, run)).join('')
    return {
      text: `select ${columns} from ${WRITTEN}${joins}${order === '' ? '' : ` order by ${order}`}`,
      behind: {
        write,
        isRepeatable: how.isRepeatable?.(given) === true,
        mayGoInTurn: how.mayGoInTurn?.(given) === true,
      },
      write: (rows) => {
        if (answer === 'many') return `[${rows.map((row) => record.write(row, 1, run)).join(',')}]`
        const [row] = rows
        if (row !== undefined) return record.write(row, 1, run)
        if (answer === 'existing') throw recordNotFound()
        return 'null'
      },
    }
  }
}

const planMutationField = (scope: PlanScope, shape: CompiledShape, selected: Selected): RootField => {
  if (selected.name === '__typename') return { selected, compile: null, constant: '"Mutation"' }
  const definition = definitionOf(shape, 'Mutation', selected.name)
  const write = recordWriteOf(definition)
  if (write === undefined) throw new NotCovered()
  return { selected, compile: planWrite(scope, write, selected, definition), constant: '' }
}

const planQueryField = (scope: PlanScope, shape: CompiledShape, selected: Selected): RootField => {
  if (selected.name === '__typename') return { selected, compile: null, constant: '"Query"' }
  const { model } = scope
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

interface CompiledRun {
  readonly statement: Statement
  readonly values: readonly (string | null)[]
}

const compileRun = (
  compile: (run: Run) => Statement,
  variables: Run['variables'],
  context: PlanContext,
  way: BatchWay = 'together',
): CompiledRun => {
  const e = createParams()
  return { statement: compile({ e, variables, context, way, lists: new Map() }), values: e.values }
}

const writeOf = ({ statement: { text, behind }, values }: CompiledRun): WriteStatement => ({
  write: behind?.write ?? '',
  select: text,
  values,
})

/** Rows are read by the statement that gave them, though both ways of a batch select the same. */
const answerWrite = async (
  together: CompiledRun,
  context: PlanContext,
  compileInTurn: () => CompiledRun,
): Promise<string> => {
  let run = together
  const inTurn = (): WriteStatement => {
    run = compileInTurn()
    return writeOf(run)
  }
  const { isRepeatable, mayGoInTurn } = together.statement.behind ?? {}
  const rows = await context.write(
    { ...writeOf(together), ...(mayGoInTurn === true ? { inTurn } : {}) },
    isRepeatable === true,
  )
  return run.statement.write(rows)
}

const planOperation = (
  operation: OperationDefinitionNode,
  document: DocumentNode,
  shape: CompiledShape,
  model: Model,
): DirectPlan => {
  const fragments = new Map(
    document.definitions
      .filter(
        (definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION,
      )
      .map((definition) => [definition.name.value, definition]),
  )
  const isMutation = operation.operation === OperationTypeNode.MUTATION
  const roots = collectFields([operation.selectionSet], fragments).map((selected) => {
    const scope: PlanScope = {
      model,
      fragments,
      counts: { aliases: 0, lists: 0 },
      related: new Set(),
      planNested: (inner, object, field, alias, nested) =>
        planNestedList(inner, field, alias, nested, definitionOf(shape, object.typeName, nested.name)),
    }
    return isMutation ? planMutationField(scope, shape, selected) : planQueryField(scope, shape, selected)
  })

  return {
    execute: async (given, context, send) => {
      const coerced = getVariableValues(shape.schema, operation.variableDefinitions ?? [], given)
      if (coerced.errors !== undefined) return { data: undefined, errors: coerced.errors }
      const errors: GraphQLError[] = []
      const answer = async ({ selected, compile, constant }: RootField): Promise<string> => {
        if (compile === null) return constant
        try {
          const compiled = compileRun(compile, coerced.coerced, context)
          const { statement, values } = compiled
          if (statement.behind === undefined)
            return statement.write(await send({ text: statement.text, values }))
          return await answerWrite(compiled, context, () =>
            compileRun(compile, coerced.coerced, context, 'inTurn'),
          )
        } catch (error) {
          errors.push(errorAt(error, selected))
          return 'null'
        }
      }
      const values = isMutation ? await inTurn(roots, answer) : await Promise.all(roots.map(answer))
      const fields = roots.map(({ selected }, index) => `${JSON.stringify(selected.key)}:${values[index]}`)
      return { data: `{${fields.join(',')}}`, errors }
    },
  }
}

/** Root fields of a mutation run one after the other (GraphQL specification §6.2.2). */
const inTurn = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = []
  for (const item of items) results.push(await work(item))
  return results
}

/** The plan of an operation, or null where records are not all that it is about. */
export const planDirectly = (
  document: DocumentNode,
  operationName: string | undefined,
  shape: CompiledShape,
  model: Model,
): DirectPlan | null => {
  const operation = getOperationAST(document, operationName)
  if (operation === null || operation === undefined || operation.directives?.length) return null
  try {
    return planOperation(operation, document, shape, model)
  } catch (error) {
    if (error instanceof NotCovered) return null
    throw error
  }
}
