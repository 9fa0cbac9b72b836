import type { CatalogRelation } from '../../../sql/catalog.ts'
import type { ModelField, ObjectModel } from '../model.ts'
import type { ObjectAnnotation } from './annotation.ts'

/** Work that can be interrupted: yields the columns that each step worked on. */
export type DeriveSteps<Result> = Generator<number, Result>

/** An object under construction: its fields grow while relations are added between objects. */
export interface Draft {
  readonly relation: CatalogRelation
  readonly annotation: ObjectAnnotation
  readonly object: ObjectModel
  readonly fields: Map<string, ModelField>
  readonly columnNames: ReadonlyMap<number, string>
}

export const namesOfNumbers = (names: ReadonlyMap<number, string>, numbers: readonly number[]): string[] =>
  numbers.map((number) => names.get(number) ?? '')
