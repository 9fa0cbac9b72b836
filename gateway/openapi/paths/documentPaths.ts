// The model as a document over REST, as path items of metadata/model/documentRest.ts. Answers have no
// envelope in both formats.

import { DOCUMENT_FORMAT } from '../../../tenants/model/document/document.ts'
import { modelDocumentSchema } from '../../../tenants/model/document/parse.ts'
import { jsonResponse } from '../answers.ts'
import { leafProperties } from '../graphqlTypes.ts'
import { type MetadataScope, outputType } from '../nodes.ts'
import { type Parameter, parameterRef } from '../parameters.ts'
import { refusals } from '../problems.ts'
import { BOOLEAN, listOf, objectOf, type Schema, wholeObjectOf } from '../schema.ts'
import { dryRun } from './modelPaths.ts'

/** By component name. */
export const DOCUMENT_PARAMETERS = {
  allowDestructive: {
    name: 'allow_destructive',
    in: 'query',
    description: 'Without it, changes that lose values of records are refused.',
    schema: { ...BOOLEAN, default: false },
  },
} as const satisfies Readonly<Record<string, Parameter>>

const diffSchemas = ({ components, schema }: MetadataScope) => {
  const leaves = (name: string) => leafProperties(components, outputType(schema, name))
  // A property that only one side has is omitted from the other.
  const property = components.share('ModelPropertyChange', objectOf(leaves('ModelPropertyChange'), ['name']))
  const change = components.share(
    'ModelChange',
    wholeObjectOf({ ...leaves('ModelChange'), properties: listOf(property) }),
  )
  const diff = { ...leaves('ModelDiff'), changes: listOf(change) }
  return {
    diff: components.share('ModelDiff', wholeObjectOf(diff)),
    applied: components.share(
      'AppliedModel',
      objectOf({ ...diff, ...dryRun(components) }, Object.keys(diff)),
    ),
  }
}

const EXAMPLE = {
  format: DOCUMENT_FORMAT,
  objects: [{ nameSingular: 'rocket', namePlural: 'rockets', fields: [{ name: 'name', type: 'TEXT' }] }],
}

export const documentPaths = (scope: MetadataScope): Readonly<Record<string, unknown>> => {
  const document = scope.components.share('ModelDocument', modelDocumentSchema())
  const { diff, applied } = diffSchemas(scope)
  const sent = (
    operationId: string,
    summary: string,
    description: string,
    answer: Schema,
    parameters: readonly string[] = [],
  ) => ({
    operationId,
    tags: ['model'],
    summary,
    description,
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterRef) }),
    requestBody: {
      required: true,
      content: { 'application/json': { schema: document, example: EXAMPLE } },
    },
    responses: {
      '200': jsonResponse('The differences.', answer),
      ...refusals({ hasBody: true, canConflict: true }),
    },
  })
  return {
    '/model': {
      get: {
        operationId: 'readModelDocument',
        tags: ['model'],
        summary: 'Read the whole model, by names and without ids',
        description:
          'Returns objects with fields, relations and indexes. Tables made in SQL are not included.',
        responses: { '200': jsonResponse('The model.', document), ...refusals({}) },
      },
    },
    '/model/diff': {
      post: sent(
        'diffModel',
        'Compare the model with a document',
        'Returns the changes that would make this model match the document. Changes nothing.',
        diff,
      ),
    },
    '/model/apply': {
      post: sent(
        'applyModel',
        'Apply a document to the model, in one transaction; anything missing from the document is dropped',
        'Returns the changes that were made. With `dry_run` it returns the planned statements, locks and rows instead.',
        applied,
        ['dryRun', 'allowDestructive', 'allowRewrite'],
      ),
    },
  }
}
