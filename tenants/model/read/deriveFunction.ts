// Functions of a schema as fields of GraphQL. A stable or immutable function becomes a query, a volatile one
// a mutation; one whose only argument is a row of an object computes a field of it. Excluded are procedures,
// aggregates, polymorphic, out, variadic and unnamed arguments, rows among other arguments, and volatile
// functions of many results, which a field cannot represent. gateway/graphql/schema/plugins/claim.ts resolves
// name conflicts.

import type { Catalog, CatalogFunction, CatalogType } from '../../../sql/catalog.ts'
import { MEMBER_ATTRIBUTE_FUNCTION } from '../../permission/predicate.ts'
import { SEARCH_PHONES_FUNCTION, SEARCH_TEXT_FUNCTION } from '../ddl/search.ts'
import type { FunctionArgument, FunctionModel, ObjectModel } from '../model.ts'
import { freeName, toCamelCase } from '../name.ts'
import type { columnTypes } from './columnType.ts'
import { parseComment } from './smartComment.ts'

/** Our own functions, which exist in every schema. */
const OURS = new Set([SEARCH_TEXT_FUNCTION, SEARCH_PHONES_FUNCTION, MEMBER_ATTRIBUTE_FUNCTION, 'uuidv7'])

/** Arguments of every list. */
const LIST_ARGUMENTS = ['first', 'last', 'offset', 'before', 'after', 'filter', 'orderBy']

type Resolve = ReturnType<typeof columnTypes>

/** Base types, enums, ranges, and domains over them. */
const VALUE_KINDS = new Set(['b', 'e', 'r', 'm'])

/** Null if an argument has no name. */
const argumentsOf = (
  { arguments: all, defaults, strict }: CatalogFunction,
  resolve: Resolve,
): readonly FunctionArgument[] | null => {
  const taken = new Set(LIST_ARGUMENTS)
  const args: FunctionArgument[] = []
  for (const [index, { name: ownName, type }] of all.entries()) {
    if (ownName === null) return null
    const wanted = toCamelCase(ownName)
    const name = freeName([wanted, `${wanted}Argument`], (candidate) => taken.has(candidate))
    taken.add(name)
    const hasDefault = index >= all.length - defaults
    args.push({ name, ownName, type: resolve(type).type, hasDefault, isRequired: strict && !hasDefault })
  }
  return args
}

export const deriveFunctions = (
  catalog: Catalog,
  objects: readonly ObjectModel[],
  resolve: Resolve,
): readonly FunctionModel[] => {
  const types = new Map(catalog.types.map((type) => [type.oid, type]))
  const shown = new Set(objects.map(({ table }) => table))
  const tables = new Map(catalog.relations.map(({ oid, name }) => [oid, name]))

  const tableOf = (type: CatalogType | undefined): string | null => {
    const table = tables.get(type?.relation ?? '')
    return table !== undefined && shown.has(table) ? table : null
  }
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

  const modelOf = (each: CatalogFunction): readonly FunctionModel[] => {
    const { names, isHidden, text } = parseComment(each.comment)
    const result = resultOf(each)
    if (each.kind !== 'f' || OURS.has(each.name) || isHidden || result === null) return []
    if (each.arguments.some(({ mode }) => mode !== 'i')) return []
    const [given] = names
    const base = { name: each.name, isNamed: given !== undefined, result, isSet: each.set, comment: text }
    const isReading = each.volatility !== 'v'
    const inputs = each.arguments.map(({ type }) => types.get(type))
    const table = inputs.length === 1 ? tableOf(inputs[0]) : null
    if (table !== null) {
      if (!isReading || result.kind !== 'value' || each.set) return []
      // `company_age(company)` and `age(company)` both read well as a field of a company.
      const prefix = `${table}_`
      const own = each.name.startsWith(prefix) ? each.name.slice(prefix.length) : each.name
      return [{ ...base, fieldName: given ?? toCamelCase(own), kind: 'computed', table, arguments: [] }]
    }
    const args = inputs.every(isValue) ? argumentsOf(each, resolve) : null
    if (args === null || (isReading ? result.kind === 'nothing' : each.set)) return []
    const kind = isReading ? 'query' : 'mutation'
    return [{ ...base, fieldName: given ?? toCamelCase(each.name), kind, table: null, arguments: args }]
  }

  return catalog.functions.flatMap(modelOf)
}
