// What clients of the document read about an operation on records: a line, and what the line leaves open.

import type { ObjectModel } from '../../tenants/model/model.ts'
import type { RequestKind } from '../rest/routes.ts'

export const summaryOf = (
  { nameSingular: one, namePlural: many }: ObjectModel,
  kind: RequestKind,
): string => {
  const summaries: Readonly<Record<RequestKind, string>> = {
    findMany: `Find ${many}`,
    findOne: `Find one ${one}`,
    groupBy: `Group ${many}`,
    duplicates: `Find duplicates of ${many}`,
    findHistory: `Find the changes of one ${one}`,
    eraseHistory: `Erase the past values of one ${one}`,
    undoChange: `Undo a change of one ${one}`,
    createOne: `Create one ${one}`,
    createMany: `Create many ${many}`,
    updateOne: `Update one ${one}`,
    updateMany: `Update the ${many} of a filter`,
    deleteOne: `Delete one ${one}`,
    deleteMany: `Delete the ${many} of a filter`,
    restoreOne: `Take one ${one} out of the trash`,
    restoreMany: `Take the ${many} of a filter out of the trash`,
    merge: `Merge ${many}`,
  }
  return summaries[kind]
}

const ALL_OR_NONE = 'All of them or none, in one transaction.'

/** Text that every object shares: it costs a document no more than its characters. */
const DESCRIPTIONS: Readonly<Record<RequestKind, string>> = {
  findMany:
    'Returns a page of the records that match the filter, the number of all matching records, and cursors. Records in the trash are left out unless the filter names `deletedAt`.',
  findOne:
    'Returns the record with this key. A record in the trash, or hidden by a record rule, is not found.',
  groupBy: 'Returns the groups of the records that match the filter, with the aggregates of each group.',
  duplicates:
    'Compares each record or draft of the body with the others by the duplicate criteria of the object. Changes nothing.',
  findHistory:
    'Returns what changed, when, and by whom. It is complete since `completeSince`; older changes are there while the change log keeps them.',
  eraseHistory:
    'Deletes the past values of the record from the history and from the change log. The record itself stays as it is.',
  undoChange: 'Writes the values from before the change back, if nothing has overwritten them since.',
  createOne:
    'Creates the record of the body and returns it. With an `Idempotency-Key` a repetition gets the first answer.',
  createMany: `Creates the records of the body. ${ALL_OR_NONE} With \`on_error=continue\` it writes the ones that it can.`,
  updateOne: 'Changes the fields of the body and returns the record. Absent fields keep their values.',
  updateMany: `Writes the fields of the body to every record that matches the filter. ${ALL_OR_NONE}`,
  deleteOne: 'Deletes the record permanently, or with `soft_delete=true` moves it to the trash.',
  deleteMany: `Deletes every record that matches the filter, or with \`soft_delete=true\` moves them to the trash. ${ALL_OR_NONE}`,
  restoreOne:
    'Restores the record from the trash. It fails while another record has one of its unique values.',
  restoreMany: `Restores every record in the trash that matches the filter. ${ALL_OR_NONE}`,
  merge:
    'Merges the records into one of them, points all relations to it, and deletes the others. `dryRun` shows the result first.',
}

export const descriptionOf = (kind: RequestKind): string => DESCRIPTIONS[kind]
