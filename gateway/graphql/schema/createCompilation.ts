// What the plugins of one compilation share, found once.

import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { CHANGE_TYPE, HISTORY_TYPES, historyFieldOf } from '../../../tenants/model/reserved.ts'
import type { Compilation } from './plugins/compilation.ts'
import { keyArguments } from './plugins/mutations.ts'
import { createVocabulary, type Vocabulary } from './vocabulary.ts'

const objectsWithHistory = (
  { functions }: Model,
  { objects, typeNames }: Vocabulary,
): readonly ObjectModel[] => {
  const fields = new Set([
    ...objects.flatMap(({ nameSingular, namePlural }) => [nameSingular, namePlural]),
    ...functions.map(({ fieldName }) => fieldName),
  ])
  return objects.filter(
    (object) =>
      keyArguments(object).length > 0 &&
      !fields.has(historyFieldOf(object)) &&
      !HISTORY_TYPES.some((suffix) => typeNames.has(object.typeName + suffix)),
  )
}

export const createCompilation = (model: Model): Compilation => {
  const vocabulary = createVocabulary(model)
  const { objects, typeNames } = vocabulary
  return {
    model,
    vocabulary,
    withHistory: objectsWithHistory(model, vocabulary),
    withChanges: objects.filter(({ typeName }) => !typeNames.has(typeName + CHANGE_TYPE)),
  }
}
