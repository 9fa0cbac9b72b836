// The operations of a webhook, `<object>.<action>`, as choices of a form and as text.

export const ANY = '*'

/** Labels of the actions, in the order of a record's life. */
export const ACTIONS = [
  { value: ANY, label: 'every change' },
  { value: 'created', label: 'created' },
  { value: 'updated', label: 'updated' },
  { value: 'deleted', label: 'moved to the trash' },
  { value: 'restored', label: 'restored' },
  { value: 'destroyed', label: 'destroyed' },
  { value: 'upserted', label: 'upserted' },
] as const

export interface WebhookOperation {
  readonly object: string
  readonly action: string
}

interface Named {
  readonly nameSingular: string
  readonly labelPlural: string
}

export const EVERYTHING: WebhookOperation = { object: ANY, action: ANY }

export const operationOf = (text: string): WebhookOperation => {
  // `metadata.fieldMetadata.*` has two dots.
  const dot = text.lastIndexOf('.')
  return { object: text.slice(0, dot), action: text.slice(dot + 1) }
}

export const textOf = ({ object, action }: WebhookOperation): string => `${object}.${action}`

/** Objects to choose from. One that was deleted, or is hidden from the session, keeps its name. */
export const objectChoices = (objects: readonly Named[], current: string) => {
  const known = objects.some(({ nameSingular }) => nameSingular === current)
  return [
    { value: ANY, label: 'All objects' },
    ...(current === ANY || known ? [] : [{ value: current, label: current }]),
    ...objects.map(({ nameSingular, labelPlural }) => ({ value: nameSingular, label: labelPlural })),
  ]
}
