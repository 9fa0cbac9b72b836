// `companyHistory`: from the selected fields to the sides of changes that they need, and the answer's JSON.

import type { ObjectModel } from '../../tenants/model/model.ts'
import { createParams } from '../records/params.ts'
import { parsePage } from '../records/read/pageArguments.ts'
import type { PastEntry, PastPage, PastSide } from '../records/recordHistory.ts'
import { createRun } from '../records/run.ts'
import { quoteJson } from '../records/select/json.ts'
import { CHANGE_ACTOR_FIELDS } from './changeActor.ts'
import type { KeyOf } from './meaning.ts'
import type { AnswerField, RootField } from './rootField.ts'
import { collectFields, type Selected } from './select/collect.ts'
import { type SelectScope, selectRecord } from './select/record.ts'

export type ValueWriter<Value> = (value: Value) => string
export type FieldOf<Value> = (field: Selected) => ValueWriter<Value>

/** @param fieldOf a writer for each selected field; `__typename` is written here */
export const writeObject = <Value>(
  scope: SelectScope,
  selected: Selected,
  typeName: string,
  fieldOf: FieldOf<Value>,
): ValueWriter<Value> => {
  const writers = collectFields(selected.selections, scope).map(
    (field): readonly [string, ValueWriter<Value>] => [
      quoteJson(field.key),
      field.name === '__typename' ? () => quoteJson(typeName) : fieldOf(field),
    ],
  )
  return (value) => `{${writers.map(([key, write]) => `${key}:${write(value)}`).join(',')}}`
}

export const json = (value: unknown): string => JSON.stringify(value ?? null)

export const actorField = (scope: SelectScope, selected: Selected): ValueWriter<Pick<PastEntry, 'actor'>> => {
  const write = writeObject<NonNullable<PastEntry['actor']>>(scope, selected, 'ChangeActor', ({ name }) => {
    const known = CHANGE_ACTOR_FIELDS.find((each) => each === name)
    return (actor) => json(known === undefined ? null : actor[known])
  })
  return ({ actor }) => (actor === null ? 'null' : write(actor))
}

/** @param sides collects the records that the selection needs */
const entryField =
  (scope: SelectScope, object: ObjectModel, sides: PastSide[]): FieldOf<PastEntry> =>
  (field) => {
    switch (field.name) {
      case 'position':
      case 'at':
      case 'operation':
      case 'changedFields': {
        const { name } = field
        return (entry) => json(entry[name])
      }
      case 'actor':
        return actorField(scope, field)
      case 'before':
      case 'after': {
        const at = sides.push({ side: field.name, selection: selectRecord(scope, object, field) }) - 1
        return ({ records }) => records[at] ?? 'null'
      }
      default:
        throw new Error(`An entry of a history has no field ${field.name}.`)
    }
  }

interface HistoryResult extends PastPage {
  readonly isFirst: boolean
}

const pageInfoField: FieldOf<HistoryResult> = ({ name }) => {
  switch (name) {
    case 'startCursor':
      return ({ entries }) => json(entries[0]?.position)
    case 'endCursor':
      return ({ end }) => json(end)
    case 'hasNextPage':
      return ({ hasNextPage }) => String(hasNextPage)
    default:
      return ({ isFirst }) => String(!isFirst)
  }
}

const writePage = (
  scope: SelectScope,
  object: ObjectModel,
  selected: Selected,
  sides: PastSide[],
): ValueWriter<HistoryResult> => {
  const stem = `${object.typeName}HistoryEntry`
  return writeObject(scope, selected, `${stem}Connection`, (field): ValueWriter<HistoryResult> => {
    if (field.name === 'completeSince') return ({ completeSince }) => json(completeSince)
    if (field.name === 'pageInfo') return writeObject(scope, field, 'PageInfo', pageInfoField)
    const edge = writeObject(scope, field, `${stem}Edge`, (part): ValueWriter<PastEntry> => {
      if (part.name === 'cursor') return ({ position }) => json(position)
      return writeObject(scope, part, stem, entryField(scope, object, sides))
    })
    return ({ entries }) => `[${entries.map(edge).join(',')}]`
  })
}

export const answerHistory = (
  scope: SelectScope,
  field: RootField,
  object: ObjectModel,
  keyOf: KeyOf,
): AnswerField => {
  const sides: PastSide[] = []
  const write = writePage(scope, object, field.selected, sides)
  return async ({ past, variables }) => {
    const given = field.read(createRun(createParams(), variables))
    const { first } = parsePage({ first: typeof given.first === 'number' ? given.first : null }, false)
    const after = typeof given.after === 'string' && given.after !== '' ? given.after : undefined
    const request = { limit: first ?? 0, after }
    return write({ ...(await past.page(object, keyOf(given), request, sides)), isFirst: after === undefined })
  }
}
