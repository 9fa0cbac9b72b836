// All documents by request context: the ones shared by equal workspaces and keys, and the two public ones.

import type { GraphQLSchema } from 'postgraphile/graphql'
import type { CacheBudget } from '../cache/budget.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import type { Models } from '../metadata/model/models.ts'
import type { ModelNodes } from '../metadata/model/nodes.ts'
import { type DocumentedApi, NO_PARTS } from './base.ts'
import { describeCore } from './core.ts'
import { createOpenApiDocuments, type OpenApiDocument, serve, writeDocument } from './document.ts'
import { describeMetadata } from './metadata.ts'
import { readTexts, type Texts } from './texts.ts'

export interface LibraryOptions {
  readonly readModel: Models['seenBy']
  readonly budget: CacheBudget
  readonly metadataSchema: GraphQLSchema
}

export type Library = Awaited<ReturnType<typeof createLibrary>>

export const createLibrary = async ({ readModel, budget, metadataSchema }: LibraryOptions) => {
  const documents = createOpenApiDocuments(budget)
  const texts = new WeakMap<ModelNodes, Texts>()
  const textsOf = (model: ModelNodes): Texts => {
    const known = texts.get(model) ?? readTexts(model)
    texts.set(model, known)
    return known
  }
  const bases: Readonly<Record<DocumentedApi, OpenApiDocument>> = {
    core: await writeDocument('core', NO_PARTS),
    metadata: await writeDocument('metadata', NO_PARTS),
  }

  return Object.freeze({
    serve,
    base: (subject: DocumentedApi): OpenApiDocument => bases[subject],
    core: async (requestContext: RequestContext<unknown>): Promise<OpenApiDocument> => {
      const { model, maxBatchRecords, caller } = requestContext
      const mayChangeModel = caller.flags.has('DATA_MODEL')
      // The fingerprint of a role's model also covers its rights.
      const texts = textsOf(await readModel(requestContext))
      const key = [model.schemaHash, texts.fingerprint, String(maxBatchRecords), String(mayChangeModel)]
      return documents.of('core', key, () => describeCore({ model, texts, maxBatchRecords, mayChangeModel }))
    },

    metadata: ({ workspace, caller }: RequestContext<unknown>): Promise<OpenApiDocument> => {
      const isFlat = workspace.settings.restMetadataFormat === 'flat'
      const { flags } = caller
      return documents.of('metadata', [String(isFlat), ...[...flags].toSorted()], () =>
        describeMetadata({ schema: metadataSchema, isFlat, flags }),
      )
    },
  })
}
