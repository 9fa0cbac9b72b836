// What a webhook asks about records, beyond its operations: fields whose changes matter, a filter in the
// grammar of REST, fields to show. All of it is in names of the API, so a change of the data model can break
// it.

import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import type { RecordSettings } from '../../tenants/webhook/settings.ts'
import type { ChangeOperation } from '../changes/entry.ts'
import { badInput, Problem } from '../error/problem.ts'
import { isReadable, isWithheld } from '../records/model/permission.ts'
import { createParams } from '../records/params.ts'
import { compileFilter, isEmptyFilter } from '../records/read/filter.ts'
import { checkFields } from '../rest/fields.ts'
import { parseFilter } from '../rest/filter.ts'
import { objectsOf } from './operations.ts'

const MAX_NAMES = 1_000
const MAX_FILTER = 10_000

/** Undefined: all records. Throws Problem BAD_USER_INPUT. */
export const filterOf = ({ filter }: Pick<RecordSettings, 'filter'>): unknown =>
  parseFilter(filter ?? undefined)

const checkNames = (object: ObjectModel, parameter: string, names: readonly string[] | null): void => {
  if (names === null) return
  checkFields(object, names, parameter)
  for (const name of names) {
    const kind = object.fields.get(name)?.kind
    if (kind !== 'toOne' && kind !== 'toMany') continue
    throw badInput(`'${parameter}' invalid: '${name}' is a relation, and has no value`, 'INVALID_ARGS_FIELDS')
  }
}

/** @param object as the webhook's role sees it */
const checkFor = (model: Model, object: ObjectModel, settings: RecordSettings): void => {
  checkNames(object, 'changedFields', settings.changedFields)
  checkNames(object, 'fields', settings.fields)
  const filter = filterOf(settings)
  if (!isEmptyFilter(filter))
    compileFilter(createParams(), model, object, 't', filter, { trashed: 'any', isLenient: true })
}

/**
 * What of the settings does not fit an object, as a sentence; null: all of it fits. Fields that the role may
 * not read any more are not sent, like those of a webhook that sends all.
 */
export const settingsFaultOf = (
  model: Model,
  object: ObjectModel,
  settings: RecordSettings,
): string | null => {
  const fields = settings.fields?.filter((name) => !isWithheld(object, name)) ?? null
  try {
    checkFor(model, object, { ...settings, fields })
    return null
  } catch (error) {
    if (error instanceof Problem) return `${object.nameSingular}: ${error.message}.`.replace(/\.+$/, '.')
    throw error
  }
}

/** Whether an update changed one of the fields that the webhook asks for. What changed may be unknown. */
export const changesWanted = (
  { changedFields: asked }: RecordSettings,
  operation: ChangeOperation,
  changedFields: readonly string[] | undefined,
): boolean =>
  asked === null ||
  operation !== 'updated' ||
  changedFields === undefined ||
  changedFields.some((name) => asked.includes(name))

const hasSettings = ({ changedFields, filter, fields }: RecordSettings): boolean =>
  changedFields !== null || filter !== null || fields !== null

/**
 * Throws a Problem if the settings do not hold for each object of the operations.
 * @param model as the webhook's role sees it
 */
export const checkRecordSettings = (
  model: Model,
  operations: readonly string[],
  settings: RecordSettings,
): void => {
  if (!hasSettings(settings)) return
  const { changedFields, filter, fields } = settings
  if ((changedFields?.length ?? 0) > MAX_NAMES || (fields?.length ?? 0) > MAX_NAMES)
    throw badInput(`'changedFields' and 'fields' have at most ${MAX_NAMES} names`, 'INVALID_ARGS_FIELDS')
  if ((filter?.length ?? 0) > MAX_FILTER)
    throw badInput(`'filter' has at most ${MAX_FILTER} characters`, 'INVALID_ARGS_FILTER')
  const names = objectsOf(operations)
  if (names === null)
    throw badInput(
      "'changedFields', 'filter' and 'fields' need operations that name their objects, as in company.*",
      'INVALID_WEBHOOK_OPERATION',
    )
  // Also where there is no object to compile it for.
  filterOf(settings)
  for (const object of model.objects)
    if (names.has(object.nameSingular) && isReadable(object)) checkFor(model, object, settings)
}
