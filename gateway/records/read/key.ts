// A record's key: from the values of its columns to the condition on them, or Problem BAD_USER_INPUT for
// values that no key can have.

import type { ObjectModel, ScalarField } from '../../../tenants/model/model.ts'
import { SCALARS, type ScalarType } from '../../../tenants/model/scalarType.ts'
import { keepSpelling } from '../../../tenants/model/value/exactNumber.ts'
import { shown } from '../../../tenants/model/value/shown.ts'
import { Problem } from '../../error/problem.ts'
import { checkColumns, wholeOf } from '../model/permission.ts'
import type { Params } from '../params.ts'
import { toColumnText, type ValueTarget } from '../values/value.ts'
import { equals } from './comparable.ts'
import { type Trashed, trashCondition } from './trash.ts'

/** The field that consists of this column alone. */
export const scalarOf = (object: ObjectModel, column: string): ScalarField | undefined => {
  for (const field of object.fields.values())
    if (field.kind === 'scalar' && field.column.name === column) return field
  return undefined
}

/** A value of a key from its text: of a JSON column, what the text stands for as JSON, if it is JSON. */
export const keyValue = (type: ScalarType | undefined, text: string): unknown => {
  if (type === undefined || SCALARS[type].isJson !== true) return text
  try {
    return JSON.parse(text, (_, value, { source }) => keepSpelling(value, source))
  } catch {
    return text
  }
}

/** A value of a key as the text of its column. */
export const keyText = (value: unknown, target: ValueTarget): string => {
  if (SCALARS[target.type].value !== 'uuid') return toColumnText(value, target, false)
  try {
    return toColumnText(value, target, false)
  } catch (cause) {
    throw new Problem('BAD_USER_INPUT', `'${shown(value)}' is not a valid UUID`, {
      subCode: 'INVALID_UUID',
      cause,
    })
  }
}

/**
 * A text for each column of the key, from texts that were separated by commas: a single column has all of
 * them. Throws Problem BAD_USER_INPUT.
 */
export const keyTextsOf = (object: ObjectModel, parts: readonly string[]): readonly string[] => {
  const { key, nameSingular, namePlural } = object
  if (key.length === 0) throw new Problem('BAD_USER_INPUT', `A ${nameSingular} has no key. Use a filter`)
  if (key.length === 1) return [parts.join(',')]
  if (parts.length === key.length) return parts
  throw new Problem(
    'BAD_USER_INPUT',
    `A ${nameSingular} is named by ${key.length} values: /rest/${namePlural}/${key.map((name) => `{${name}}`).join(',')}`,
  )
}

/** What the values of the object's key must be, by column. Throws Problem BAD_USER_INPUT or FORBIDDEN. */
const keyTargets = (object: ObjectModel): readonly ValueTarget[] => {
  // Without one, the condition would match every record.
  checkColumns('read', object, wholeOf(object).key)
  return object.key.map((name) => {
    const field = scalarOf(object, name)
    if (field === undefined)
      throw new Problem('BAD_USER_INPUT', `A ${object.nameSingular} cannot be identified by its key`)
    return { path: field.name, type: field.type, column: field.column }
  })
}

/** The values of a record's key as texts of their columns. Throws Problem BAD_USER_INPUT or FORBIDDEN. */
export const keyTexts = (
  object: ObjectModel,
  key: ReadonlyMap<string, unknown>,
): readonly (readonly [ValueTarget, string])[] =>
  keyTargets(object).map((target) => [target, keyText(key.get(target.column.name), target)] as const)

const keyCondition = (
  e: Params,
  object: ObjectModel,
  alias: string,
  texts: readonly (readonly [ValueTarget, string | null])[],
  trashed: Trashed,
): string => {
  const conditions = texts.map(([{ column }, text]) => equals(e, column, alias, text))
  const state = trashCondition(object, alias, trashed)
  return [...conditions, ...(state === null ? [] : [state])].join(' and ')
}

/**
 * The condition on a record's key.
 * @param key texts or JSON values by column of `object.key`
 */
export const compileKey = (
  e: Params,
  object: ObjectModel,
  alias: string,
  key: ReadonlyMap<string, unknown>,
  trashed: Trashed = 'live',
): string => keyCondition(e, object, alias, keyTexts(object, key), trashed)

/** The condition on the key of any live record, for a statement that runs for many. */
interface KeyPlan {
  /** Reads the key from the parameters registered last. */
  readonly sql: string
  /** Values of these parameters, from texts as `keyTextsOf` takes them. Throws Problem BAD_USER_INPUT. */
  readonly valuesOf: (parts: readonly string[]) => readonly string[]
}

export const planKey = (e: Params, object: ObjectModel, alias: string): KeyPlan => {
  const targets = keyTargets(object)
  return {
    sql: keyCondition(
      e,
      object,
      alias,
      targets.map((target) => [target, null] as const),
      'live',
    ),
    valuesOf: (parts) => {
      const texts = keyTextsOf(object, parts)
      return targets.map((target, index) => keyText(keyValue(target.type, texts[index] ?? ''), target))
    },
  }
}
