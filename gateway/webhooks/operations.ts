// The operations of a webhook: `<object>.<action>`, and `metadata.<name>.<action>` for changes of the data
// model, with `*` for each part. `*.*` is everything. Matched by the names of the events.

import type { Model } from '../../tenants/model/model.ts'
import {
  METADATA_ACTIONS,
  METADATA_NAMES,
  type MetadataAction,
  type MetadataName,
} from '../../tenants/webhook/modelEvents.ts'
import { badInput } from '../error/problem.ts'

export const RECORD_ACTIONS = ['created', 'updated', 'deleted', 'destroyed', 'restored', 'upserted'] as const
export type RecordAction = (typeof RECORD_ACTIONS)[number]

const ANY = '*'

const listed = (words: readonly string[]): string => words.join(', ')

const refuse = (operation: string, sentence: string): never => {
  throw badInput(`Operation '${operation.slice(0, 200)}': ${sentence}`, 'INVALID_WEBHOOK_OPERATION')
}

/** Refuses a part that is neither `*` nor one of the words. */
const checkPart = (operation: string, kind: string, part: string, words: readonly string[]): void => {
  if (part === ANY || words.includes(part)) return
  refuse(operation, `there is no ${kind} '${part.slice(0, 100)}'. There are: *, ${listed(words)}.`)
}

const METADATA = 'metadata'

const checkOne = (operation: string, objects: readonly string[]): void => {
  const [first = '', second = '', third, ...more] = operation.split('.')
  const isOfModel = first === METADATA && third !== undefined
  if (more.length > 0 || second === '' || (third !== undefined && !isOfModel))
    refuse(
      operation,
      'it must be <object>.<action> or metadata.<name>.<action>; * stands for all objects, names or actions.',
    )
  checkPart(
    operation,
    isOfModel ? 'kind of metadata' : 'object',
    isOfModel ? second : first,
    isOfModel ? METADATA_NAMES : objects,
  )
  checkPart(
    operation,
    'action',
    isOfModel ? (third ?? '') : second,
    isOfModel ? METADATA_ACTIONS : RECORD_ACTIONS,
  )
}

/** Without repetitions. Throws a Problem with the names that exist. */
export const checkedOperations = (operations: readonly string[], model: Model): readonly string[] => {
  const objects = model.objects.map(({ nameSingular }) => nameSingular)
  for (const operation of operations) checkOne(operation, objects)
  return [...new Set(operations)]
}

const isWanted = (wanted: string | undefined, word: string): boolean => wanted === ANY || wanted === word

/** Whether one of the operations asks for an event of a record. */
export const matchesOperations = (
  operations: readonly string[],
  object: string,
  action: RecordAction,
): boolean =>
  operations.some((operation) => {
    const [wantedObject, wantedAction, ...more] = operation.split('.')
    return more.length === 0 && isWanted(wantedObject, object) && isWanted(wantedAction, action)
  })

/** The objects whose records the operations ask for; null: all of them. */
export const objectsOf = (operations: readonly string[]): ReadonlySet<string> | null => {
  const names = operations.flatMap((operation) => {
    const [object = '', , ...more] = operation.split('.')
    return more.length === 0 ? [object] : []
  })
  return names.includes(ANY) ? null : new Set(names)
}

export const modelEventName = (name: MetadataName, action: MetadataAction): string =>
  `${METADATA}.${name}.${action}`

/** Whether one of the operations asks for an event of the data model. */
export const matchesModel = (
  operations: readonly string[],
  name: MetadataName,
  action: MetadataAction,
): boolean =>
  operations.some((operation) => {
    if (operation === `${ANY}.${ANY}`) return true
    const [kind, wantedName, wantedAction] = operation.split('.')
    // Of an object by that name there is no third part.
    return kind === METADATA && isWanted(wantedName, name) && isWanted(wantedAction, action)
  })

/** Whether some events of the data model are asked for. */
export const asksForModel = (operations: readonly string[]): boolean =>
  METADATA_NAMES.some((name) => METADATA_ACTIONS.some((action) => matchesModel(operations, name, action)))
