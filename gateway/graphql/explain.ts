// Variables that GraphQL refuses, in the words that REST has for the same data. In: a document, the model and the variables of a
// request that could not begin; out: what is wrong with the records among them, or null where it is something else. GraphQL's own
// sentence says which scalar was asked for; this one says which field.

import { type DocumentNode, type TypeNode, visit } from 'postgraphile/graphql'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { Problem } from '../error/problem.ts'
import { cellsOf, type Mode } from '../records/write/assign.ts'
import { eachRecord } from '../records/write/faults.ts'

const INPUT = /^(.*)(Create|Update)Input$/

interface DataVariable {
  readonly name: string
  readonly object: ObjectModel
  readonly mode: Mode
}

const namedType = (type: TypeNode): string =>
  type.kind === 'NamedType' ? type.name.value : namedType(type.type)

const dataVariables = (document: DocumentNode, model: Model): readonly DataVariable[] => {
  const found: DataVariable[] = []
  visit(document, {
    VariableDefinition: ({ variable, type }) => {
      const [, typeName, mode] = INPUT.exec(namedType(type)) ?? []
      const object = model.objects.find((candidate) => candidate.typeName === typeName)
      if (object !== undefined)
        found.push({ name: variable.name.value, object, mode: mode === 'Update' ? 'update' : 'create' })
    },
  })
  return found
}

export const explainVariables = (
  document: DocumentNode,
  model: Model,
  variables: Readonly<Record<string, unknown>>,
): Problem | null => {
  for (const { name, object, mode } of dataVariables(document, model)) {
    const given = variables[name]
    try {
      const records: readonly unknown[] = Array.isArray(given) ? given : [given]
      eachRecord(records, (record) => cellsOf(model, object, record, mode))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      // What may name a record to connect is for the types to say.
      if (error.options.subCode?.startsWith('CONNECT_')) return null
      return error
    }
  }
  return null
}
