// Fields of objects: columns, composites where several columns form one, and a field on either side of each
// foreign key. fieldNaming.ts assigns names. A name depends on the other fields of its object, and a relation
// on the names of both sides, so an object is laid out after all names are known.

import type { CatalogForeignKey } from '../../../sql/catalog/catalog.ts'
import type { ModelField, ScalarField } from '../model.ts'
import type { FunctionNaming } from '../naming.ts'
import type { Pin } from '../pin.ts'
import { READ_BY_FORM } from '../scalarType.ts'
import { scalarTypeOf } from './columnType.ts'
import type { FunctionCandidate } from './deriveFunction.ts'
import { type Draft, type Drafted, namesOfNumbers, type ValuePlan } from './draft.ts'
import type { FieldName, FieldNames, LinkClaim, NameFields, ObjectClaims } from './fieldNaming.ts'
import type { Reuse } from './reuse.ts'
import type { DeriveSteps } from './steps.ts'

const valueField = (
  { annotation }: Draft,
  { column, composite }: ValuePlan,
  { name, note }: FieldName,
): ModelField => {
  const noted = note === null ? {} : { nameNote: note }
  if (composite !== undefined)
    return { kind: 'composite', name, type: composite.type, parts: composite.parts, ...noted }
  const isPosition = annotation.isManaged && column.name === 'position' && column.type.name === 'float8'
  const type = isPosition ? READ_BY_FORM.place : scalarTypeOf(column.type)
  return { kind: 'scalar', name, type, column, joinOf: null, ...noted } satisfies ScalarField
}

/** A foreign key between two tables that have objects. */
export interface KeyLink {
  readonly foreignKey: CatalogForeignKey
  readonly source: Entry
  readonly target: Entry
  readonly claim: LinkClaim
}

/** An object with the links that it has on either side, in the order of the catalog. */
export interface Entry extends Drafted {
  readonly claims: ObjectClaims
  readonly links: readonly KeyLink[]
}

const claimOf = (foreignKey: CatalogForeignKey, source: Entry, target: Entry): LinkClaim => {
  const columns = namesOfNumbers(source.draft.columnNames, foreignKey.columns)
  const given = source.draft.annotation.relations.get(columns.join())
  return {
    source: source.claims,
    target: target.claims,
    constraint: foreignKey.name,
    columns,
    given: given?.name,
    givenInverse: given?.inverse,
    since: Math.max(...foreignKey.columns, given?.keyedAt ?? 0),
    version: given?.keyedVersion ?? source.draft.annotation.since,
  }
}

const entriesOf = (
  drafts: readonly Drafted[],
  keys: readonly CatalogForeignKey[],
  candidates: readonly FunctionCandidate[],
): { readonly entries: readonly Entry[]; readonly all: readonly KeyLink[] } => {
  const computedOf = Map.groupBy(candidates, ({ model }) => model.table)
  const byOid = new Map(
    drafts.map((drafted) => {
      const { table, nameSingular, namePlural } = drafted.draft.object
      const values = drafted.draft.values.map(({ claim }) => claim)
      const claims = { table, nameSingular, namePlural, values, computed: computedOf.get(table) ?? [] }
      const links: KeyLink[] = []
      return [drafted.relation.oid, { ...drafted, claims, links }]
    }),
  )
  const all: KeyLink[] = []
  for (const foreignKey of keys) {
    const [source, target] = [byOid.get(foreignKey.relation), byOid.get(foreignKey.target)]
    if (source === undefined || target === undefined) continue
    const link = { foreignKey, source, target, claim: claimOf(foreignKey, source, target) }
    all.push(link)
    source.links.push(link)
    if (target !== source) target.links.push(link)
  }
  return { entries: [...byOid.values()], all }
}

/** Names of an object's fields: of its columns, and of its side of each link. */
interface OwnNames {
  readonly values: readonly (FieldName | undefined)[]
  readonly toOne: readonly (FieldName | undefined)[]
  readonly toMany: readonly (FieldName | undefined)[]
  readonly computed: readonly (FunctionNaming | undefined)[]
  /** Of the columns. */
  readonly fields: readonly ModelField[]
}

const spelled = ({ table, nameSingular, namePlural }: ObjectClaims): unknown => [
  table,
  nameSingular,
  namePlural,
]

/** Everything of a link that a name depends on, apart from the fields of the object that has it. */
const linkKey = ({ claim: { source, target, ...rest } }: KeyLink): unknown => [
  spelled(source),
  spelled(target),
  rest,
]

const computedKey = (claim: ObjectClaims['computed'][number]): unknown => {
  const { name, kind, fieldName, isNamed, since, lastColumn } = claim
  return [name, kind, fieldName, isNamed, since, lastColumn]
}

const ownNames = ({ draft, claims, links }: Entry, nameFields: NameFields): OwnNames => {
  const names = nameFields(
    [claims],
    links.map(({ claim }) => claim),
  )
  const values = draft.values.map(({ claim }) => names.values.get(claim))
  return {
    values,
    toOne: links.map(({ source, claim }) => (source.claims === claims ? names.toOne.get(claim) : undefined)),
    toMany: links.map(({ target, claim }) =>
      target.claims === claims ? names.toMany.get(claim) : undefined,
    ),
    computed: claims.computed.map((each) => names.computed.get(each)),
    fields: values.flatMap((name, index) => {
      const plan = draft.values[index]
      return name === undefined || plan === undefined ? [] : [valueField(draft, plan, name)]
    }),
  }
}

/** An object with its names; those of a link stand on either side. */
export interface Named {
  readonly entry: Entry
  readonly names: OwnNames
  readonly toOne: ReadonlyMap<KeyLink, FieldName>
  readonly toMany: ReadonlyMap<KeyLink, FieldName>
}

const byLink = (
  links: readonly KeyLink[],
  names: readonly (FieldName | undefined)[],
): ReadonlyMap<KeyLink, FieldName> =>
  new Map(
    links.flatMap((link, index) => {
      const name = names[index]
      return name === undefined ? [] : [[link, name] as const]
    }),
  )

const columnPins = ({ entry: { draft }, names }: Named): readonly Pin[] =>
  draft.values.flatMap(({ claim, column }, index): readonly Pin[] => {
    const own = names.values[index]
    return own?.isContested === true && claim.given !== own.name
      ? [{ kind: 'column', table: draft.object.table, part: column.name, names: [own.name] }]
      : []
  })

/** One comment, on the constraint, names both sides. */
const keyPin = ({ foreignKey, claim }: KeyLink, one?: FieldName, many?: FieldName): readonly Pin[] => {
  if (one === undefined || many === undefined) return []
  const isOpen = (name: FieldName, given: string | undefined) => name.isContested && name.name !== given
  if (!isOpen(one, claim.given) && !isOpen(many, claim.givenInverse)) return []
  const { table } = claim.source
  return [{ kind: 'constraint', table, part: foreignKey.name, names: [one.name, many.name] }]
}

interface FieldNaming {
  readonly nameFields: NameFields
  readonly candidates: readonly FunctionCandidate[]
  readonly reuse: Reuse
}

interface NamedFields {
  /** In the order of the drafts. */
  readonly objects: readonly Named[]
  readonly pins: readonly Pin[]
  /** Why functions that would compute a field do not. */
  readonly computed: FieldNames['computed']
}

/** @param keys of the catalog */
export function* nameAllFields(
  keys: readonly CatalogForeignKey[],
  drafts: readonly Drafted[],
  { nameFields, candidates, reuse }: FieldNaming,
): DeriveSteps<NamedFields> {
  const { entries, all } = entriesOf(drafts, keys, candidates)
  const objects: Named[] = []
  for (const entry of entries) {
    const { draft, claims, links } = entry
    const before = reuse.made()
    const names = reuse.part(
      'field names',
      () => [reuse.numberOf(draft), links.map(linkKey), claims.computed.map(computedKey)],
      () => ownNames(entry, nameFields),
    )
    objects.push({
      entry,
      names,
      toOne: byLink(links, names.toOne),
      toMany: byLink(links, names.toMany),
    })
    yield reuse.made() === before ? 1 : draft.columnNames.size
  }
  const byEntry = new Map(objects.map((object) => [object.entry, object]))
  const computed = objects.flatMap(({ entry: { claims }, names }) =>
    claims.computed.flatMap((claim, index) => {
      const naming = names.computed[index]
      return naming === undefined ? [] : [[claim, naming] as const]
    }),
  )
  const ofKeys = all.flatMap((link) =>
    keyPin(link, byEntry.get(link.source)?.toOne.get(link), byEntry.get(link.target)?.toMany.get(link)),
  )
  return { objects, pins: [...objects.flatMap(columnPins), ...ofKeys], computed: new Map(computed) }
}
