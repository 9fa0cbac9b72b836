import type { CatalogForeignKey, CatalogRelation } from '../../../sql/catalog/catalog.ts'
import type { Column, ObjectModel } from '../model.ts'
import type { ObjectAnnotation } from './annotation.ts'
import type { CompositeColumns } from './composite.ts'
import type { ValueClaim } from './fieldNaming.ts'

export const namesOfNumbers = (names: ReadonlyMap<number, string>, numbers: readonly number[]): string[] =>
  numbers.map((number) => names.get(number) ?? '')

/** Foreign keys by the table on either side. */
interface KeysByTable {
  readonly from: ReadonlyMap<string, readonly CatalogForeignKey[]>
  readonly to: ReadonlyMap<string, readonly CatalogForeignKey[]>
}

export const keysByTable = (keys: readonly CatalogForeignKey[]): KeysByTable => ({
  from: Map.groupBy(keys, ({ relation }) => relation),
  to: Map.groupBy(keys, ({ target }) => target),
})

/** A field of an object's columns, without its name. */
export interface ValuePlan {
  readonly claim: ValueClaim
  readonly column: Column
  readonly composite: CompositeColumns | undefined
}

/** An object without its fields: what follows from its table, its names and its annotation alone. */
export interface Draft {
  readonly annotation: ObjectAnnotation
  readonly object: ObjectModel
  readonly columnNames: ReadonlyMap<number, string>
  readonly values: readonly ValuePlan[]
}

/** A draft with its table. */
export interface Drafted {
  readonly relation: CatalogRelation
  readonly draft: Draft
}
