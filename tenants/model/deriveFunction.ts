// Functions of a schema as fields of the API. In: a catalog and the objects derived from it; out: what can be called and how. A stable or
// immutable function reads, a volatile one may write; one whose only argument is a row of an object computes a field of it. Left
// out is what GraphQL has no words for: procedures, aggregates, out and variadic arguments, rows as further arguments.

import type { Catalog, CatalogFunction, CatalogType } from '../../sql/catalog.ts'
import type { columnTypes } from './columnType.ts'
import type { FunctionArgument, FunctionModel, ObjectModel } from './model.ts'
import { toCamelCase } from './name.ts'
import { freeName } from './naming.ts'
import { SEARCH_TEXT_FUNCTION } from './search.ts'
import { parseComment } from './smartComment.ts'

/** Functions of ours (foundation.ts). */
const OURS = new Set([SEARCH_TEXT_FUNCTION, 'uuidv7'])

/** Arguments that the lists of records have themselves. */
const LIST_ARGUMENTS = ['first', 'last', 'offset', 'before', 'after', 'filter', 'orderBy']

type Resolve = ReturnType<typeof columnTypes>

const argumentsOf = (
  { arguments: all, defaults, strict }: CatalogFunction,
  resolve: Resolve,
): readonly FunctionArgument[] => {
  const taken = new Set(LIST_ARGUMENTS)
  return all.map(({ name, type }, index) => {
    const wanted = name === null ? `argument${index + 1}` : toCamelCase(name)
    const free = freeName([wanted, `${wanted}Argument`], (candidate) => taken.has(candidate))
    taken.add(free)
    const hasDefault = index >= all.length - defaults
    return {
      name: free,
      ownName: name,
      type: resolve(type).type,
      hasDefault,
      isRequired: strict && !hasDefault,
    }
  })
}

/** Positions say which argument is meant until one is left out; from there on names do. */
const canBeCalled = (args: readonly FunctionArgument[]): boolean =>
  args.every(({ hasDefault, ownName }) => !hasDefault || ownName !== null)

export const deriveFunctions = (
  catalog: Catalog,
  objects: readonly ObjectModel[],
  resolve: Resolve,
): readonly FunctionModel[] => {
  const types = new Map(catalog.types.map((type) => [type.oid, type]))
  const shown = new Map(objects.map((object) => [object.table, object]))
  const tables = new Map(catalog.relations.map(({ oid, name }) => [oid, name]))
  const tableOf = (type: CatalogType | undefined): string | null => {
    const table = tables.get(type?.relation ?? '')
    return table !== undefined && shown.has(table) ? table : null
  }
  const isPlain = (type: CatalogType | undefined): boolean =>
    type !== undefined && ['b', 'd', 'e', 'r', 'm'].includes(type.kind)
  const taken = new Set<string>()

  const resultOf = ({ returns }: CatalogFunction): FunctionModel['result'] | null => {
    const type = types.get(returns)
    const table = tableOf(type)
    if (table !== null) return { kind: 'record', table }
    if (type?.kind === 'p' && type.name === 'void') return { kind: 'nothing' }
    return isPlain(type) ? { kind: 'value', type: resolve(returns).type } : null
  }

  const modelOf = (each: CatalogFunction): readonly FunctionModel[] => {
    const comment = parseComment(each.comment)
    if (each.kind !== 'f' || OURS.has(each.name) || comment.isHidden) return []
    const inputs = each.arguments.map(({ type }) => types.get(type))
    const [only] = inputs
    const table = inputs.length === 1 ? tableOf(only) : null
    const result = resultOf(each)
    const isReading = each.volatility !== 'v'
    if (result === null || each.arguments.some(({ mode }) => mode !== 'i')) return []
    if (table === null && !inputs.every(isPlain)) return []
    if (table !== null && (!isReading || result.kind !== 'value' || each.set)) return []
    const args = table === null ? argumentsOf(each, resolve) : []
    const kind = table !== null ? 'computed' : isReading ? 'query' : 'mutation'
    if (!canBeCalled(args) || (kind === 'query' && result.kind === 'nothing')) return []
    const isTaken = (name: string) =>
      taken.has(`${kind} ${table} ${name}`) || (table !== null && shown.get(table)?.fields.has(name) === true)
    // `company_age(company)` and `age(company)` both read well as a field of a company.
    const derived = toCamelCase(
      table !== null && each.name.startsWith(`${table}_`) ? each.name.slice(table.length + 1) : each.name,
    )
    const [given = derived] = comment.names
    const fieldName = freeName([given, `${derived}Function`], isTaken)
    taken.add(`${kind} ${table} ${fieldName}`)
    return [
      {
        name: each.name,
        fieldName,
        kind,
        table,
        arguments: args,
        result,
        isSet: each.set,
        comment: comment.text,
      },
    ]
  }

  return catalog.functions.flatMap(modelOf)
}
