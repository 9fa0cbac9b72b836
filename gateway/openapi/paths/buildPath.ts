// What is built for a field after its change: its properties, and the path that tries a failed build again.

import { jsonResponse } from '../answers.ts'
import { keyParameter } from '../nodes.ts'
import { refusals } from '../problems.ts'
import { type Schema, STRING } from '../schema.ts'

/** Absent where everything is ready. */
export const BUILD_PROPERTIES: readonly string[] = ['buildState', 'buildError', 'buildProgress']

/**
 * @param key what the path's id is
 * @param answer schema of the field
 */
export const retryPath = (key: string, answer: Schema) => ({
  parameters: keyParameter(key, STRING),
  post: {
    tags: ['fields'],
    operationId: 'retryFieldBuild',
    summary: 'Retry the failed build of a field',
    description:
      'Indexes and validations of a table with 10,000 records or more are built after the change. Returns 409 if no build of the field has failed.',
    responses: {
      '200': jsonResponse('The field, whose build is pending.', answer),
      ...refusals({ canConflict: true }),
    },
  },
})
