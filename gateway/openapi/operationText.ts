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
    findHistory: `Find the changes to one ${one}`,
    eraseHistory: `Erase the past values of one ${one}`,
    undoChange: `Undo a change to one ${one}`,
    createOne: `Create one ${one}`,
    createMany: `Create many ${many}`,
    updateOne: `Update one ${one}`,
    updateMany: `Update the ${many} that match a filter`,
    deleteOne: `Delete one ${one}`,
    deleteMany: `Delete the ${many} that match a filter`,
    restoreOne: `Take one ${one} out of the trash`,
    restoreMany: `Take the ${many} that match a filter out of the trash`,
    merge: `Merge ${many}`,
  }
  return summaries[kind]
}

const ALL_OR_NONE = 'All of them or none, in one transaction.'

/** Text that every object shares: it costs a document no more than its characters. */
const DESCRIPTIONS: Readonly<Record<RequestKind, string>> = {
  findMany:
    'Returns a page of the records that match the filter, their total number, and cursors. Records in the trash are left out unless the filter names `deletedAt`.',
  findOne:
    'Returns the record with this key. A record in the trash, or hidden by a record rule, is not found.',
  groupBy: 'Returns the groups of the records that match the filter, with the aggregates of each group.',
  duplicates:
    'Compares each record or draft of the body with the others by the duplicate criteria of the object. Changes nothing.',
  findHistory:
    'Returns what changed, when, and by whom. The history is complete since `completeSince`; older changes are included while the change log keeps them.',
  eraseHistory:
    'Deletes the past values of the record from the history and from the change log. The record itself does not change.',
  undoChange: 'Restores the values from before the change, unless they have been overwritten since.',
  createOne:
    'Creates the record of the body and returns it. With an `Idempotency-Key`, a repeated request gets the first response.',
  createMany: `Creates the records of the body. ${ALL_OR_NONE} With \`on_error=continue\`, it writes all valid records.`,
  updateOne: 'Changes the fields of the body and returns the record. Absent fields keep their values.',
  updateMany: `Writes the fields of the body to every record that matches the filter. ${ALL_OR_NONE}`,
  deleteOne: 'Deletes the record permanently, or with `soft_delete=true` moves it to the trash.',
  deleteMany: `Deletes every record that matches the filter, or with \`soft_delete=true\` moves them to the trash. ${ALL_OR_NONE}`,
  restoreOne: 'Restores the record from the trash. Fails while another record has one of its unique values.',
  restoreMany: `Restores every record in the trash that matches the filter. ${ALL_OR_NONE}`,
  merge:
    'Merges the records into one of them, points all relations to it, and deletes the others. `dryRun` shows the result first.',
}

export const descriptionOf = (kind: RequestKind): string => DESCRIPTIONS[kind]
