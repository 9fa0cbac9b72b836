// Records API names in comments (`@name invoice invoices`), which keep them through renames of other tables,
// upgrades and dumps. Returns the statements, and the catalog as it will be.

import { escapeLiteral } from 'pg'
import type { Catalog } from '../../sql/catalog.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { RELATION_KINDS } from './identifier.ts'
import { withName } from './read/smartComment.ts'

export interface Pin {
  readonly kind: 'table' | 'column' | 'constraint'
  readonly table: string
  /** Of the column or the constraint. */
  readonly part: string
  readonly names: readonly string[]
}

export const pinKey = ({ kind, table, part }: Omit<Pin, 'names'>): string =>
  JSON.stringify([kind, table, part])

/** The catalog with the comments written. */
export const withPins = (catalog: Catalog, pins: ReadonlyMap<string, Pin>): Catalog => {
  const commented = (
    kind: Pin['kind'],
    table: string,
    part: string,
    comment: string | null,
  ): string | null => {
    const pin = pins.get(pinKey({ kind, table, part }))
    return pin === undefined ? comment : withName(comment, pin.names)
  }
  const tables = new Map(catalog.relations.map(({ oid, name }) => [oid, name]))
  return {
    ...catalog,
    relations: catalog.relations.map((relation) => ({
      ...relation,
      comment: commented('table', relation.name, '', relation.comment),
      columns: relation.columns.map((column) => ({
        ...column,
        comment: commented('column', relation.name, column.name, column.comment),
      })),
    })),
    foreignKeys: catalog.foreignKeys.map((key) => ({
      ...key,
      comment: commented('constraint', tables.get(key.relation) ?? '', key.name, key.comment),
    })),
  }
}

const statementOf = (after: Catalog, { kind, table, part }: Pin): string => {
  const name = `${quoteIdentifier(after.schema)}.${quoteIdentifier(table)}`
  const relation = after.relations.find((each) => each.name === table)
  const what =
    kind === 'table'
      ? `${RELATION_KINDS[relation?.kind ?? 'r']} ${name}`
      : kind === 'column'
        ? `column ${name}.${quoteIdentifier(part)}`
        : `constraint ${quoteIdentifier(part)} on ${name}`
  const comment =
    kind === 'table'
      ? relation?.comment
      : kind === 'column'
        ? relation?.columns.find((column) => column.name === part)?.comment
        : after.foreignKeys.find((key) => key.name === part && key.relation === relation?.oid)?.comment
  return `comment on ${what} is ${escapeLiteral(comment ?? '')}`
}

export const pinStatements = (catalog: Catalog, pins: ReadonlyMap<string, Pin>): readonly string[] => {
  const after = withPins(catalog, pins)
  return [...pins.values()].map((pin) => statementOf(after, pin))
}
