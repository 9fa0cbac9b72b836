// The selection of records that a request asks for, common to both protocols. gateway/records/select turns it
// into SQL and JSON. In an answer each part is under its `key`, in the order of the selection.

import type {
  CompositeField,
  FunctionModel,
  ObjectModel,
  ScalarField,
  ToManyField,
  ToOneField,
} from '../../tenants/model/model.ts'
import type { Aggregate } from './read/aggregate.ts'
import type { ReadArguments, Row } from './run.ts'

/** JSON that is known without the record. */
export interface ConstantField {
  readonly kind: 'constant'
  readonly key: string
  readonly json: string
}

export interface PartField {
  readonly kind: 'part'
  readonly key: string
  readonly part: CompositeField['parts'][number]
}

export type RecordField =
  | ConstantField
  | {
      readonly kind: 'scalar'
      readonly key: string
      readonly field: ScalarField
      /** Lists have one dimension: nested values are text with their JSON. */
      readonly isFlat?: boolean
    }
  | {
      readonly kind: 'composite'
      readonly key: string
      readonly field: CompositeField
      readonly parts: readonly (ConstantField | PartField)[]
    }
  | {
      readonly kind: 'toOne'
      readonly key: string
      readonly field: ToOneField
      readonly record: RecordSelection
    }
  | {
      readonly kind: 'toMany'
      readonly key: string
      readonly field: ToManyField
      readonly list: ListSelection
      /** Absent: the first records in the order of their key. */
      readonly read?: ReadArguments
    }
  | { readonly kind: 'computed'; readonly key: string; readonly fn: FunctionModel }

export interface RecordSelection {
  readonly object: ObjectModel
  readonly fields: readonly RecordField[]
}

/** A page of records, for the protocol's writer. */
export interface RecordPage {
  /** One for each record, in order. */
  readonly rows: readonly Row[]
  /**
   * JSON of a row's record.
   * @param at index of the list's selection
   */
  readonly record: (row: Row, at: number) => string
  /** JSON of an aggregate over all matching records. */
  readonly aggregate: (name: string) => string
  /** null if the records have no order. */
  readonly cursor: (row: Row | undefined) => string | null
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  /** Whether `totalCount` is an estimate. */
  readonly isEstimate: boolean
}

export interface ListSelection {
  readonly object: ObjectModel
  /** Usually one; GraphQL may select the same records several times. */
  readonly records: readonly RecordSelection[]
  readonly aggregates: readonly Aggregate[]
  /** Whether rows are read even if no record is selected, for their number or their cursors. */
  readonly needsRows: boolean
  readonly needsCursor: boolean
  /** Whether the answer includes if there are more records on either side. */
  readonly needsMore: boolean
  /** JSON of the page. */
  readonly write: (page: RecordPage) => string
}

/** A group of records, for the protocol's writer. */
export interface Group {
  /** JSON of each of the group's dimension values. */
  readonly dimensions: readonly string[]
  readonly aggregate: (name: string) => string
  /** Its first records; empty unless selected. */
  readonly page: RecordPage
}

export interface GroupSelection {
  readonly object: ObjectModel
  readonly aggregates: readonly string[]
  /** Sample records; null unless selected. */
  readonly sample: Pick<ListSelection, 'records' | 'needsCursor' | 'needsMore'> | null
  /** JSON of the group. */
  readonly write: (group: Group) => string
}
