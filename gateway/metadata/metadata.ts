// The metadata API, wired. In: what both of its faces need; out: their handlers. Holds the linked models of the workspaces it was asked
// about, and nothing else.

import type { Pool } from 'pg'
import type { Logger } from 'pino'
import type { Lanes } from '../../sql/lanes.ts'
import { readSearchedColumns } from '../../sql/searchedColumns.ts'
import type { ReadJson } from '../body.ts'
import type { Context } from '../context.ts'
import type { Opened } from '../opened.ts'
import { createChanges } from './changes.ts'
import { createCounter } from './counts.ts'
import { createDocumentResolvers } from './documentResolvers.ts'
import { createDocumentRest, isModelDocumentPath } from './documentRest.ts'
import { createDocuments } from './documents.ts'
import { createMetadataGraphQL } from './graphql.ts'
import { createModelResolvers } from './modelResolvers.ts'
import { createModels } from './models.ts'
import { createMetadataRest } from './rest.ts'
import { createMetadataSchema } from './schema.ts'
import { createWorkspaceResolvers } from './workspaceResolvers.ts'

export interface MetadataOptions {
  /** The owner's: changes of the model are DDL. */
  readonly pool: Pool
  /** The callers', for what their roles decide. */
  readonly lanes: Lanes
  readonly readJson: ReadJson
  readonly log: Logger
  /** Address that callers use; null: the one that each used. */
  readonly publicUrl: string | null
  /** Makes this gateway read a workspace anew. */
  readonly forget: (workspaceId: string) => void
}

const MAX_MODELS = 500

export const createMetadata = ({ pool, lanes, readJson, log, publicUrl, forget }: MetadataOptions) => {
  const readModel = createModels({ pool, maxModels: MAX_MODELS })
  const changes = createChanges({ pool, forget })
  const documents = createDocuments({ pool, forget })
  const countRecords = createCounter(lanes)
  const schema = createMetadataSchema([
    ...createModelResolvers(changes, countRecords),
    createDocumentResolvers(documents),
    createWorkspaceResolvers({ pool, publicUrl, forget, countRecords }),
  ])
  const readers = {
    readModel,
    readSearchedColumns: (name: string) => readSearchedColumns(pool, name),
  }
  const rest = createMetadataRest({ schema, readModel, changes, readJson })
  const documentRest = createDocumentRest(documents, readJson)
  return {
    graphql: createMetadataGraphQL({ schema, readers, readJson, log }),
    rest: (ctx: Context, opened: Opened<unknown>) =>
      (isModelDocumentPath(ctx) ? documentRest : rest)(ctx, opened),
  }
}
