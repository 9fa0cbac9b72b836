// Names for what the catalog holds, distinct by construction. In: candidates in order of preference and what is taken; out:
// one free name. Deterministic: the same catalog always gets the same names.

import { pluralOf, singularOf, toCamelCase, toTypeName } from './name.ts'
import { COMPOSITE_GRAPHQL_NAMES } from './storage.ts'

export interface ObjectNames {
  readonly nameSingular: string
  readonly namePlural: string
}

/** Type names that the API itself uses; an object may not take them, nor a name from which one of them would follow. */
const RESERVED_TYPES = [
  'Query',
  'Mutation',
  'Subscription',
  'String',
  'Int',
  'Float',
  'Boolean',
  'ID',
  'UUID',
  'Uuid',
  'Date',
  'Time',
  'DateTime',
  'BigInt',
  'BigFloat',
  'Json',
  'JSON',
  'Cursor',
  'ConnectionCursor',
  'Position',
  'TsVector',
  'TSVector',
  'PageInfo',
  'OrderByDirection',
  'FilterIs',
  'Search',
  'Node',
  'Datetime',
  'Interval',
  'ActorSourceEnum',
  ...[
    'String',
    'Int',
    'Float',
    'BigInt',
    'BigFloat',
    'Boolean',
    'Date',
    'DateTime',
    'Select',
    'Array',
    'RawJson',
    'RichTextPart',
  ].map((stem) => `${stem}Filter`),
  ...Object.values(COMPOSITE_GRAPHQL_NAMES).flatMap((name) =>
    ['', 'Filter', 'FilterInput', 'OrderByInput', 'CreateInput', 'UpdateInput'].map(
      (suffix) => name + suffix,
    ),
  ),
]

/** Path segments that REST uses itself. */
const RESERVED_PATHS = [
  'batch',
  'restore',
  'metadata',
  'openApi',
  'apiKeys',
  'webhooks',
  'groupBy',
  'duplicates',
  'merge',
]

/** Words of the filter grammar. */
export const RESERVED_FIELDS: readonly string[] = ['and', 'or', 'not']

const TYPE_SUFFIXES = [
  '',
  'Connection',
  'Edge',
  'FilterInput',
  'OrderByInput',
  'CreateInput',
  'UpdateInput',
  'RelationInput',
  'ConnectInput',
  'WhereUniqueInput',
  'GroupByInput',
  'GroupByConnection',
  'OrderByWithGroupByInput',
]

/** The first of the candidates that is free; failing all, the last one with the smallest number that makes it so. */
export const freeName = (candidates: readonly string[], isTaken: (name: string) => boolean): string => {
  const free = candidates.find((name) => !isTaken(name))
  if (free !== undefined) return free
  const stem = candidates.at(-1) ?? 'unnamed'
  for (let number = 2; ; number += 1) {
    const name = `${stem}${number}`
    if (!isTaken(name)) return name
  }
}

const namesOf = (table: string): ObjectNames => {
  const camel = toCamelCase(table)
  const plural = pluralOf(camel)
  const singular = singularOf(camel)
  if (plural !== singular) return { nameSingular: plural === camel ? singular : camel, namePlural: plural }
  return { nameSingular: `${camel}Item`, namePlural: camel }
}

/** Hands out object names one table at a time; what was handed out is taken for those that follow. */
export const createObjectNaming = (): ((table: string, preferred?: ObjectNames) => ObjectNames) => {
  const names = new Set(RESERVED_PATHS)
  const types = new Set(RESERVED_TYPES)

  const typesOf = ({ nameSingular }: ObjectNames): string[] =>
    TYPE_SUFFIXES.map((suffix) => toTypeName(nameSingular) + suffix)
  const isTaken = (candidate: ObjectNames): boolean =>
    names.has(candidate.nameSingular) ||
    names.has(candidate.namePlural) ||
    types.has(toTypeName(candidate.namePlural)) ||
    typesOf(candidate).some((type) => types.has(type))
  const withSuffix = ({ nameSingular }: ObjectNames, number: number): ObjectNames => {
    const suffix = number === 1 ? 'Record' : `Record${number}`
    return {
      nameSingular: nameSingular + suffix,
      namePlural: `${nameSingular}${suffix.replace('Record', 'Records')}`,
    }
  }

  return (table, preferred) => {
    const wanted = preferred ?? namesOf(table)
    let chosen = wanted
    for (let number = 1; isTaken(chosen); number += 1) chosen = withSuffix(wanted, number)
    names.add(chosen.nameSingular).add(chosen.namePlural)
    for (const type of typesOf(chosen)) types.add(type)
    types.add(toTypeName(chosen.namePlural))
    return chosen
  }
}

/** Whether an object may be called so beside others: no name, type or path of the APIs would meet. */
export const isFreeObjectName = (names: ObjectNames, others: readonly ObjectNames[]): boolean => {
  const nameObject = createObjectNaming()
  for (const other of others) nameObject('', other)
  return nameObject('', names).nameSingular === names.nameSingular
}
