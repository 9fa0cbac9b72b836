// Records API names in comments (`@name invoice invoices`), which keep them through renames of other tables,
// upgrades and dumps. Returns the statements, and the catalog as it will be.

import { escapeLiteral } from 'pg'
import type { Catalog } from '../../sql/catalog/catalog.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { RELATION_KINDS } from './identifier.ts'
import { withName } from './smartComment.ts'

export interface Pin {
  readonly kind: 'table' | 'column' | 'constraint' | 'function'
  /** Name of the table, or of the function. */
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
    functions: catalog.functions.map((fn) => ({
      ...fn,
      comment: commented('function', fn.name, fn.signature, fn.comment),
    })),
    foreignKeys: catalog.foreignKeys.map((key) => ({
      ...key,
      comment: commented('constraint', tables.get(key.relation) ?? '', key.name, key.comment),
    })),
  }
}

/** What a pin's comment stands on, as `comment on` names it, and the comment. */
const targetOf = (
  after: Catalog,
  { kind, table, part }: Pin,
): readonly [string, string | null | undefined] => {
  const name = `${quoteIdentifier(after.schema)}.${quoteIdentifier(table)}`
  const relation = after.relations.find((each) => each.name === table)
  switch (kind) {
    case 'table':
      return [`${RELATION_KINDS[relation?.kind ?? 'r']} ${name}`, relation?.comment]
    case 'column':
      return [
        `column ${name}.${quoteIdentifier(part)}`,
        relation?.columns.find((column) => column.name === part)?.comment,
      ]
    case 'constraint':
      return [
        `constraint ${quoteIdentifier(part)} on ${name}`,
        after.foreignKeys.find((key) => key.name === part && key.relation === relation?.oid)?.comment,
      ]
    case 'function':
      return [
        `function ${name}(${part})`,
        after.functions.find((fn) => fn.name === table && fn.signature === part)?.comment,
      ]
  }
}

const statementOf = (after: Catalog, pin: Pin): string => {
  const [target, comment] = targetOf(after, pin)
  return `comment on ${target} is ${escapeLiteral(comment ?? '')}`
}

export const pinStatements = (catalog: Catalog, pins: ReadonlyMap<string, Pin>): readonly string[] => {
  const after = withPins(catalog, pins)
  return [...pins.values()].map((pin) => statementOf(after, pin))
}
