// The operations of a webhook: `<object>.<action>`, with `*` for either. Matched by the names of the events.

import type { Model } from '../../tenants/model/model.ts'
import { badInput } from '../error/problem.ts'

export const ACTIONS = ['created', 'updated', 'deleted', 'destroyed', 'restored', 'upserted'] as const
export type Action = (typeof ACTIONS)[number]

const ANY = '*'

const listed = (words: readonly string[]): string => words.join(', ')

const refuse = (operation: string, sentence: string): never => {
  throw badInput(`Operation '${operation.slice(0, 200)}': ${sentence}`, 'INVALID_WEBHOOK_OPERATION')
}

const checkOne = (operation: string, objects: ReadonlySet<string>): void => {
  const [object = '', action = '', ...more] = operation.split('.')
  if (object === 'metadata')
    refuse(operation, 'changes of the data model are not delivered. Operations are <object>.<action>.')
  if (more.length > 0 || action === '')
    refuse(operation, `it must be <object>.<action>; * stands for all objects or all actions.`)
  if (object !== ANY && !objects.has(object))
    refuse(operation, `there is no object '${object.slice(0, 100)}'. There are: *, ${listed([...objects])}.`)
  if (action !== ANY && !ACTIONS.some((each) => each === action))
    refuse(operation, `there is no action '${action.slice(0, 100)}'. There are: *, ${listed(ACTIONS)}.`)
}

/** Without repetitions. Throws a Problem with the names that exist. */
export const checkedOperations = (operations: readonly string[], model: Model): readonly string[] => {
  const objects = new Set(model.objects.map(({ nameSingular }) => nameSingular))
  for (const operation of operations) checkOne(operation, objects)
  return [...new Set(operations)]
}

/** Whether one of the operations asks for an event. */
export const matches = (operations: readonly string[], object: string, action: Action): boolean =>
  operations.some((operation) => {
    const [wantedObject, wantedAction] = operation.split('.')
    return (
      (wantedObject === ANY || wantedObject === object) && (wantedAction === ANY || wantedAction === action)
    )
  })
