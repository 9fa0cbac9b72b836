// `companyChanges`: from the selected fields to the records that they need, and the JSON of each change.

import type { ChangeActor } from '../../tenants/changes/feed.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { CHANGE_TYPE } from '../../tenants/model/reserved.ts'
import type { ReadArguments } from '../records/run.ts'
import type { RecordSelection } from '../records/selection.ts'
import { actorField, type FieldOf, json, type ValueWriter, writeObject } from './history.ts'
import type { RootField } from './rootField.ts'
import { type SelectScope, selectRecord } from './select/record.ts'

/** A record of a change, as it is now or as it was, and what of it is selected. */
interface ChangeSide {
  readonly side: 'record' | 'previous'
  readonly selection: RecordSelection
}

interface WrittenChange {
  readonly operation: string
  readonly id?: string | null
  readonly previousId?: string | null
  readonly changedFields?: readonly string[]
  readonly at: string
  readonly actor: ChangeActor | null
  readonly position: string
  /** JSON of the record for each side. */
  readonly records: readonly (string | null)[]
}

export interface ChangesField {
  readonly object: ObjectModel
  readonly sides: readonly ChangeSide[]
  readonly read: ReadArguments
  readonly write: ValueWriter<WrittenChange>
}

const changeField =
  (scope: SelectScope, object: ObjectModel, sides: ChangeSide[]): FieldOf<WrittenChange> =>
  (field) => {
    switch (field.name) {
      case 'operation':
      case 'id':
      case 'previousId':
      case 'changedFields':
      case 'at':
      case 'position': {
        const { name } = field
        return (change) => json(change[name])
      }
      case 'actor':
        return actorField(scope, field)
      case 'record':
      case 'previous': {
        const at = sides.push({ side: field.name, selection: selectRecord(scope, object, field) }) - 1
        return ({ records }) => records[at] ?? 'null'
      }
      default:
        throw new Error(`A change has no field ${field.name}.`)
    }
  }

/** @param object as the caller's role sees it */
export const changesField = (scope: SelectScope, field: RootField, object: ObjectModel): ChangesField => {
  const sides: ChangeSide[] = []
  const typeName = object.typeName + CHANGE_TYPE
  const write = writeObject(scope, field.selected, typeName, changeField(scope, object, sides))
  return { object, sides, read: field.read, write }
}
