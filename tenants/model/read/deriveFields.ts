// Fields of objects: columns, composites where several columns form one, and a field on either side of each
// foreign key. Adds them to the objects under construction, and returns the names that depend on other
// fields. fieldNaming.ts assigns names.

import type { Catalog, CatalogForeignKey } from '../../../sql/catalog.ts'
import type { Column, ModelField, ScalarField, ToOneField } from '../model.ts'
import type { Pin } from '../pin.ts'
import { READ_BY_FORM } from '../scalarType.ts'
import { scalarTypeOf } from './columnType.ts'
import { type CompositeColumns, findComposites } from './composite.ts'
import type { FunctionCandidate } from './deriveFunction.ts'
import { type DeriveSteps, type Draft, namesOfNumbers } from './draft.ts'
import type { FieldName, FieldNames, LinkClaim, NameFields, ObjectClaims, ValueClaim } from './fieldNaming.ts'

interface ValuePlan {
  readonly claim: ValueClaim
  readonly column: Column
  readonly composite: CompositeColumns | undefined
}

/** Columns that a key or a relation needs as fields of their own. */
const keyColumnsOf = (catalog: Catalog, draft: Draft): ReadonlySet<string> =>
  new Set([
    ...draft.object.key,
    ...catalog.foreignKeys.flatMap((foreignKey) => [
      ...(foreignKey.relation === draft.relation.oid
        ? namesOfNumbers(draft.columnNames, foreignKey.columns)
        : []),
      ...(foreignKey.target === draft.relation.oid
        ? namesOfNumbers(draft.columnNames, foreignKey.targetColumns)
        : []),
    ]),
  ])

/** Fields of an object's columns; a composite is listed at its first column. */
const planValues = (catalog: Catalog, draft: Draft): readonly ValuePlan[] => {
  const { object, annotation } = draft
  const kept = new Set([...keyColumnsOf(catalog, draft), ...annotation.plainColumns])
  const composites = findComposites(object.columns, kept)
  const compositeOf = new Map(
    composites.flatMap((composite) => composite.parts.map(({ column }) => [column.name, composite] as const)),
  )
  const numbers = new Map([...draft.columnNames].map(([number, name]) => [name, number]))
  const done = new Set<CompositeColumns>()
  return [...object.columns.values()].flatMap((column): readonly ValuePlan[] => {
    const composite = compositeOf.get(column.name)
    if (composite !== undefined && done.has(composite)) return []
    if (composite !== undefined) done.add(composite)
    const columns = composite?.parts.map((part) => part.column) ?? [column]
    const claim: ValueClaim = {
      stem: composite?.prefix ?? column.name,
      given: annotation.fieldNames.get(column.name),
      isHidden: columns.every(({ name }) => annotation.hiddenColumns.has(name)),
      since: Math.max(...columns.map(({ name }) => numbers.get(name) ?? 0)),
    }
    return [{ claim, column, composite }]
  })
}

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

interface Link {
  readonly foreignKey: CatalogForeignKey
  readonly source: Draft
  readonly target: Draft
  readonly claim: LinkClaim
}

const linksOf = (
  catalog: Catalog,
  drafts: readonly Draft[],
  claims: ReadonlyMap<Draft, ObjectClaims>,
): readonly Link[] => {
  const byOid = new Map(drafts.map((draft) => [draft.relation.oid, draft]))
  return catalog.foreignKeys.flatMap((foreignKey): readonly Link[] => {
    const source = byOid.get(foreignKey.relation)
    const target = byOid.get(foreignKey.target)
    const from = source && claims.get(source)
    const to = target && claims.get(target)
    if (source === undefined || target === undefined || from === undefined || to === undefined) return []
    const columns = namesOfNumbers(source.columnNames, foreignKey.columns)
    const given = source.annotation.relations.get(columns.join())
    const claim = {
      source: from,
      target: to,
      constraint: foreignKey.name,
      columns,
      given: given?.name,
      givenInverse: given?.inverse,
      since: Math.max(...foreignKey.columns, given?.keyedAt ?? 0),
      version: given?.keyedVersion ?? source.annotation.since,
    }
    return [{ foreignKey, source, target, claim }]
  })
}

const unnamed = ({ name }: CatalogForeignKey): FieldName => ({ name, note: null, isContested: false })

const layToOne = ({ foreignKey, source, target, claim }: Link, names: FieldNames): void => {
  const { name, note } = names.toOne.get(claim) ?? unnamed(foreignKey)
  const { columns } = claim
  const field: ToOneField = {
    kind: 'toOne',
    name,
    constraint: foreignKey.name,
    target: target.object.table,
    columns,
    targetColumns: namesOfNumbers(target.columnNames, foreignKey.targetColumns),
    inverse: names.toMany.get(claim)?.name ?? '',
    ...(note === null ? {} : { nameNote: note }),
  }
  source.fields.set(name, field)
  if (columns.length > 1) return
  for (const [fieldName, joined] of source.fields) {
    if (joined.kind === 'scalar' && joined.column.name === columns[0] && joined.joinOf === null)
      source.fields.set(fieldName, { ...joined, joinOf: name })
  }
}

const layToMany = ({ foreignKey, source, target, claim }: Link, names: FieldNames): void => {
  const { name, note } = names.toMany.get(claim) ?? unnamed(foreignKey)
  target.fields.set(name, {
    kind: 'toMany',
    name,
    constraint: foreignKey.name,
    target: source.object.table,
    columns: namesOfNumbers(target.columnNames, foreignKey.targetColumns),
    targetColumns: claim.columns,
    inverse: names.toOne.get(claim)?.name ?? '',
    ...(note === null ? {} : { nameNote: note }),
  })
}

const columnPin = (
  { object }: Draft,
  { claim, column }: ValuePlan,
  { values }: FieldNames,
): readonly Pin[] => {
  const own = values.get(claim)
  return own?.isContested === true && claim.given !== own.name
    ? [{ kind: 'column', table: object.table, part: column.name, names: [own.name] }]
    : []
}

/** One comment, on the constraint, names both sides. */
const keyPin = ({ foreignKey, claim }: Link, names: FieldNames): readonly Pin[] => {
  const [one, many] = [names.toOne.get(claim), names.toMany.get(claim)]
  if (one === undefined || many === undefined) return []
  const isOpen = (name: FieldName, given: string | undefined) => name.isContested && name.name !== given
  return isOpen(one, claim.given) || isOpen(many, claim.givenInverse)
    ? [
        {
          kind: 'constraint',
          table: claim.source.table,
          part: foreignKey.name,
          names: [one.name, many.name],
        },
      ]
    : []
}

interface FieldNaming {
  readonly nameFields: NameFields
  readonly candidates: readonly FunctionCandidate[]
}

interface AddedFields {
  readonly pins: readonly Pin[]
  /** Why functions that would compute a field do not. */
  readonly computed: FieldNames['computed']
}

export function* addFields(
  catalog: Catalog,
  drafts: readonly Draft[],
  { nameFields, candidates }: FieldNaming,
): DeriveSteps<AddedFields> {
  const computedOf = Map.groupBy(candidates, ({ model }) => model.table)
  const plans = new Map<Draft, readonly ValuePlan[]>()
  for (const draft of drafts) {
    plans.set(draft, planValues(catalog, draft))
    yield draft.columnNames.size
  }
  const claims = new Map(
    drafts.map((draft): [Draft, ObjectClaims] => {
      const { table, nameSingular, namePlural } = draft.object
      const values = (plans.get(draft) ?? []).map(({ claim }) => claim)
      return [draft, { table, nameSingular, namePlural, values, computed: computedOf.get(table) ?? [] }]
    }),
  )
  const links = linksOf(catalog, drafts, claims)
  const names = nameFields(
    [...claims.values()],
    links.map(({ claim }) => claim),
  )
  yield links.length
  for (const [draft, values] of plans) {
    for (const plan of values) {
      const name = names.values.get(plan.claim)
      if (name !== undefined) draft.fields.set(name.name, valueField(draft, plan, name))
    }
  }
  yield links.length
  for (const link of links) layToOne(link, names)
  for (const link of links) layToMany(link, names)
  return {
    pins: [
      ...[...plans].flatMap(([draft, values]) => values.flatMap((plan) => columnPin(draft, plan, names))),
      ...links.flatMap((link) => keyPin(link, names)),
    ],
    computed: names.computed,
  }
}
