// Request bodies by kind of request, each with a schema and an example that can be sent.

import type { ObjectModel } from '../../tenants/model/model.ts'
import { MAX_RECORDS, MIN_RECORDS } from '../records/duplicates/merge.ts'
import type { RequestKind } from '../rest/routes.ts'
import type { Components } from './components.ts'
import { createExample, updateExample } from './examples.ts'
import { keyFieldsOf, type RecordSchemas } from './records.ts'
import { BOOLEAN, listOf, OBJECT, objectOf, type Schema, STRING, wholeObjectOf } from './schema.ts'
import { keySchema } from './values.ts'
import type { ObjectView } from './view.ts'

interface BodyScope {
  readonly view: ObjectView
  readonly records: RecordSchemas
  readonly components: Components
  readonly maxBatchRecords: number
}

const json = (schema: Schema, example?: unknown): Schema => ({
  required: true,
  content: { 'application/json': { schema, ...(example === undefined ? {} : { example }) } },
})

const idsOf = (object: ObjectModel, components: Components): Schema => {
  const [key] = keyFieldsOf(object)
  return key === undefined
    ? STRING
    : keySchema({ components, isManaged: object.emptyStringForNull }, key.type, key.column)
}

/** Null for a request without a body. */
export const bodyOf = (scope: BodyScope, kind: RequestKind): Schema | null => {
  const { view, records, components, maxBatchRecords } = scope
  const batch = (items: Schema): Schema => ({ ...listOf(items), maxItems: maxBatchRecords })
  const ids = idsOf(view.object, components)
  switch (kind) {
    case 'createOne':
      return json(records.create, createExample(view))
    case 'createMany':
      return json(batch(records.create), [createExample(view)])
    case 'updateOne':
    case 'updateMany':
      return json(records.update, updateExample(view))
    case 'duplicates': {
      // Rights to write do not limit what a filter may mention.
      const data = view.updatable.length === 0 ? OBJECT : records.update
      return json(
        { anyOf: [wholeObjectOf({ ids: batch(ids) }), wholeObjectOf({ data: batch(data) })] },
        { data: [updateExample(view)] },
      )
    }
    case 'merge':
      return json(
        objectOf(
          {
            ids: { ...listOf(ids), minItems: MIN_RECORDS, maxItems: MAX_RECORDS },
            conflictPriorityIndex: {
              type: 'integer',
              minimum: 0,
              maximum: MAX_RECORDS - 1,
              default: 0,
              description: 'Position in `ids` of the record that is kept and whose values take priority.',
            },
            dryRun: {
              ...BOOLEAN,
              default: false,
              description: 'Preview: returns the result without changing anything.',
            },
          },
          ['ids'],
        ),
      )
    default:
      return null
  }
}
