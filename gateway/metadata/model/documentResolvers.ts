// Resolvers for the model as a document (document.graphql).

import type { Resolvers } from '../schema.ts'
import type { ModelDocuments } from './documents.ts'

interface Given {
  readonly document: unknown
}

interface Applying extends Given {
  readonly dryRun?: boolean | null
  readonly allowDestructive?: boolean | null
  readonly allowRewrite?: boolean | null
}

export const createDocumentResolvers = (documents: ModelDocuments): Resolvers => ({
  Query: {
    modelDocument: (_: unknown, _args: unknown, { requestContext }) => documents.read(requestContext),
    diffModel: (_: unknown, { document }: Given, { requestContext }) =>
      documents.diff(requestContext, document),
  },
  Mutation: {
    applyModel: async (_: unknown, { document, ...options }: Applying, { requestContext, dryRuns }) => {
      const { diff, dryRun } = await documents.apply(requestContext, document, {
        isDryRun: options.dryRun ?? false,
        mayDestroy: options.allowDestructive ?? false,
        mayRewrite: options.allowRewrite ?? false,
      })
      if (dryRun !== null) dryRuns.push(dryRun)
      return diff
    },
  },
})
