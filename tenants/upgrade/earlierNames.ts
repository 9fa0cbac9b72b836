// Names of objects and fields under the naming rules of 0.1: one after the other, each yielding to names that
// were taken already. Only pinNames.ts needs them, for workspaces from that time. Can be deleted with the
// first version that no longer upgrades from 0.1.

import { hash } from 'node:crypto'
import pluralize from 'pluralize'
import { COMPOSITES } from '../model/compositeType.ts'
import { freeName, toTypeName } from '../model/name.ts'
import type { NameObjects, Naming } from '../model/naming.ts'
import type {
  FieldName,
  FieldNames,
  LinkClaim,
  NameFields,
  ObjectClaims,
  ValueClaim,
} from '../model/read/fieldNaming.ts'
import type { ObjectNames } from '../model/reserved.ts'

const MAX_LENGTH = 56

const words = (name: string): string[] =>
  name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/['’"`]/g, '')
    .replace(/[^\p{ASCII}]/gu, (char) =>
      /[\p{L}\p{N}]/u.test(char) ? ` u${char.codePointAt(0)?.toString(16)} ` : ' ',
    )
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')

export const earlierCamelCase = (name: string): string => {
  const [first, ...rest] = words(name)
  if (first === undefined) return 'unnamed'
  const camel = first.toLowerCase() + rest.map((word) => toTypeName(word.toLowerCase())).join('')
  const whole = /^[0-9]/.test(camel) ? `n${camel}` : camel
  return whole.length <= MAX_LENGTH
    ? whole
    : whole.slice(0, MAX_LENGTH - 8) + hash('sha256', whole).slice(0, 8)
}

const TYPES = [
  ...[
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
  ],
  ...['DateTime', 'BigInt', 'BigFloat', 'Json', 'JSON', 'Cursor', 'ConnectionCursor', 'Position', 'TsVector'],
  ...['TSVector', 'PageInfo', 'OrderByDirection', 'FilterIs', 'Search', 'Node', 'Datetime', 'Interval'],
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
  ]
    .concat('RichTextPart')
    .map((stem) => `${stem}Filter`),
  ...Object.values(COMPOSITES).flatMap(({ graphqlName: name }) =>
    ['', 'Filter', 'FilterInput', 'OrderByInput', 'CreateInput', 'UpdateInput'].map(
      (suffix) => name + suffix,
    ),
  ),
]

const PATHS = [
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

const TYPE_SUFFIXES = [
  ...['', 'Connection', 'Edge', 'FilterInput', 'OrderByInput', 'CreateInput', 'UpdateInput', 'RelationInput'],
  ...['ConnectInput', 'WhereUniqueInput', 'GroupByInput', 'GroupByConnection', 'OrderByWithGroupByInput'],
]

const namesOf = (table: string): ObjectNames => {
  const camel = earlierCamelCase(table)
  const plural = pluralize.plural(camel)
  const singular = pluralize.singular(camel)
  if (plural !== singular) return { nameSingular: plural === camel ? singular : camel, namePlural: plural }
  return { nameSingular: `${camel}Item`, namePlural: camel }
}

const withSuffix = ({ nameSingular }: ObjectNames, number: number): ObjectNames => {
  const digits = number === 1 ? '' : String(number)
  return { nameSingular: `${nameSingular}Record${digits}`, namePlural: `${nameSingular}Records${digits}` }
}

export const earlierObjectNames: NameObjects = (tables) => {
  const names = new Set(PATHS)
  const types = new Set(TYPES)
  const typesOf = ({ nameSingular }: ObjectNames) =>
    TYPE_SUFFIXES.map((suffix) => toTypeName(nameSingular) + suffix)
  const isTaken = (candidate: ObjectNames): boolean =>
    names.has(candidate.nameSingular) ||
    names.has(candidate.namePlural) ||
    types.has(toTypeName(candidate.namePlural)) ||
    typesOf(candidate).some((type) => types.has(type))
  const named = new Map<string, Naming>()
  const givenFirst = tables.toSorted((a, b) => Number(b.given !== undefined) - Number(a.given !== undefined))
  for (const { table, given } of givenFirst) {
    const wanted = given ?? namesOf(table)
    let chosen = wanted
    for (let number = 1; isTaken(chosen); number += 1) chosen = withSuffix(wanted, number)
    names.add(chosen.nameSingular).add(chosen.namePlural)
    for (const type of [...typesOf(chosen), toTypeName(chosen.namePlural)]) types.add(type)
    named.set(table, { names: chosen, unmet: null, isContested: false })
  }
  return { tables: named, functions: new Map() }
}

const withoutId = (name: string): string => (/.Id$/.test(name) ? name.slice(0, -2) : name)

const relationNameOf = (columns: readonly string[], target: ObjectClaims): string => {
  const [only, ...more] = columns
  if (only === undefined || more.length > 0) return target.nameSingular
  const camel = earlierCamelCase(only)
  return withoutId(camel) === camel ? camel + toTypeName(target.nameSingular) : withoutId(camel)
}

const inversesOf = ({ source, target, columns, givenInverse }: LinkClaim, links: readonly LinkClaim[]) => {
  const by = columns.map((column) => toTypeName(withoutId(earlierCamelCase(column)))).join('And')
  const qualified = `${source.namePlural}By${by}`
  const between = links.filter((other) => other.source === source && other.target === target)
  if (givenInverse !== undefined) return [givenInverse, qualified]
  return [...(between.length === 1 && source !== target ? [source.namePlural] : []), qualified]
}

export const earlierFieldNames: NameFields = (objects, links): FieldNames => {
  const taken = new Map(objects.map((object) => [object, new Set(['and', 'or', 'not'])]))
  const take = (object: ObjectClaims, candidates: readonly string[]): FieldName => {
    const names = taken.get(object) ?? new Set()
    const name = freeName(candidates, (candidate) => names.has(candidate))
    names.add(name)
    return { name, note: null, isContested: false }
  }
  const values = new Map<ValueClaim, FieldName>()
  for (const object of objects)
    for (const claim of object.values) {
      const stem = earlierCamelCase(claim.stem)
      const given = claim.given === undefined ? [] : [claim.given]
      values.set(claim, take(object, [...given, stem, `${stem}Value`]))
    }
  const toOne = new Map<LinkClaim, FieldName>()
  for (const link of links) {
    const derived = relationNameOf(link.columns, link.target)
    const candidates = [link.given ?? derived, `${derived}Record`, earlierCamelCase(link.constraint)]
    toOne.set(link, take(link.source, candidates))
  }
  const toMany = new Map<LinkClaim, FieldName>()
  for (const link of links) toMany.set(link, take(link.target, inversesOf(link, links)))
  return { values, toOne, toMany, computed: new Map() }
}
