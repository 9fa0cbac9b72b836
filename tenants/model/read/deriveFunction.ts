// Functions of a schema as fields of GraphQL. A stable or immutable function becomes a query, a volatile one
// a mutation; one whose only argument is a row of an object computes a field of it. Excluded are procedures,
// aggregates, polymorphic, out, variadic and unnamed arguments, rows among other arguments, and volatile
// functions of many results, which a field cannot represent. naming.ts and fieldNaming.ts resolve name
// conflicts, so candidates do not depend on which tables have objects.

import type { Catalog, CatalogFunction, CatalogType } from '../../../sql/catalog/catalog.ts'
import type { FunctionArgument, FunctionModel } from '../model.ts'
import { freeName, toCamelCase } from '../name.ts'
import type { NamedFunction } from '../nameClaims.ts'
import { LIST_ARGUMENT_NAMES } from '../reserved.ts'
import { parseComment } from '../smartComment.ts'
import type { columnTypes } from './columnType.ts'

type Resolve = ReturnType<typeof columnTypes>

/** Base types, enums, ranges, and domains over them. */
const VALUE_KINDS = new Set(['b', 'e', 'r', 'm'])

/** Null if an argument has no name. */
const argumentsOf = (
  { arguments: all, defaults, strict }: CatalogFunction,
  given: readonly string[],
  { resolve, spelling }: { readonly resolve: Resolve; readonly spelling: Spelling },
): readonly FunctionArgument[] | null => {
  const taken = new Set<string>(LIST_ARGUMENT_NAMES)
  const args: FunctionArgument[] = []
  for (const [index, { name: ownName, type }] of all.entries()) {
    if (ownName === null) return null
    const wanted = given[index] ?? spelling(ownName)
    const name = freeName([wanted, `${wanted}Argument`], (candidate) => taken.has(candidate))
    taken.add(name)
    const hasDefault = index >= all.length - defaults
    args.push({ name, ownName, type: resolve(type).type, hasDefault, isRequired: strict && !hasDefault })
  }
  return args
}

/** A function that a field could represent. */
export interface FunctionCandidate extends NamedFunction {
  readonly model: FunctionModel
  /** The arguments as `comment on function` names them. */
  readonly signature: string
  /** Of a computed field: the number of the last column that the table had when the function got its name. */
  readonly lastColumn: number
}

/** How SQL names become names of the API. */
type Spelling = (name: string) => string

export const functionCandidates = (
  catalog: Catalog,
  resolve: Resolve,
  spelling: Spelling = toCamelCase,
): readonly FunctionCandidate[] => {
  const types = new Map(catalog.types.map((type) => [type.oid, type]))
  const tables = new Map(catalog.relations.map(({ oid, name }) => [oid, name]))
  const tableOf = (type: CatalogType | undefined): string | null => tables.get(type?.relation ?? '') ?? null
  const isValue = (type: CatalogType | undefined): boolean => {
    if (type === undefined) return false
    if (type.kind === 'd') return isValue(types.get(type.base ?? ''))
    return VALUE_KINDS.has(type.kind) && (type.element === null || isValue(types.get(type.element)))
  }

  const resultOf = ({ returns }: CatalogFunction): FunctionModel['result'] | null => {
    const type = types.get(returns)
    const table = tableOf(type)
    if (table !== null) return { kind: 'record', table }
    if (type?.kind === 'p' && type.name === 'void') return { kind: 'nothing' }
    return isValue(type) ? { kind: 'value', type: resolve(returns).type } : null
  }

  const modelOf = (each: CatalogFunction): FunctionModel | null => {
    const { names, isHidden, text } = parseComment(each.comment)
    const result = resultOf(each)
    if (each.kind !== 'f' || isHidden || result === null) return null
    if (each.arguments.some(({ mode }) => mode !== 'i')) return null
    const [given, ...givenArguments] = names
    const base = { name: each.name, isNamed: given !== undefined, result, isSet: each.set, comment: text }
    const isReading = each.volatility !== 'v'
    const inputs = each.arguments.map(({ type }) => types.get(type))
    const table = inputs.length === 1 ? tableOf(inputs[0]) : null
    if (table !== null) {
      if (!isReading || result.kind !== 'value' || each.set) return null
      // `company_age(company)` and `age(company)` both read well as a field of a company.
      const prefix = `${table}_`
      const own = each.name.startsWith(prefix) ? each.name.slice(prefix.length) : each.name
      return { ...base, fieldName: given ?? spelling(own), kind: 'computed', table, arguments: [] }
    }
    const args = inputs.every(isValue) ? argumentsOf(each, givenArguments, { resolve, spelling }) : null
    if (args === null || (isReading ? result.kind === 'nothing' : each.set)) return null
    const kind = isReading ? 'query' : 'mutation'
    return { ...base, fieldName: given ?? spelling(each.name), kind, table: null, arguments: args }
  }

  return catalog.functions.flatMap((each) => {
    const model = modelOf(each)
    if (model === null) return []
    const { name, kind, fieldName, isNamed } = model
    // A function without a row came after the last change that registered functions.
    const since = each.namedVersion ?? Number.POSITIVE_INFINITY
    const lastColumn = each.lastColumn ?? Number.POSITIVE_INFINITY
    return [{ name, kind, fieldName, isNamed, model, since, lastColumn, signature: each.signature }]
  })
}
