// The metadata API, wired: handlers of both protocols, and the model documents. Caches the linked models of
// workspaces. Loaded by metadata.ts.

import type { Pool } from 'pg'
import type { Logger } from 'pino'
import { readSearchedColumns } from '../../sql/catalog/searchedColumns.ts'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import type { Reuse } from '../../tenants/model/read/reuse.ts'
import type { Tokens } from '../auth/token.ts'
import type { CacheBudget } from '../cache/budget.ts'
import type { SecondLook } from '../entry/retry.ts'
import type { PrintSchema } from '../graphql/introspection.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context } from '../http/context.ts'
import { lazily } from '../lazily.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import { createOpenAccess } from './access/access.ts'
import { createKeyResolvers } from './access/keyResolvers.ts'
import { createKeys } from './access/keys.ts'
import { createAccessRest } from './access/restAccess.ts'
import { createKeyActions } from './access/restKeys.ts'
import { createRoleActions } from './access/restRoles.ts'
import { createRoleMutations } from './access/roleMutations.ts'
import { createRoleResolvers } from './access/roleResolvers.ts'
import { createRoles } from './access/roles.ts'
import { createStepReader } from './model/builds.ts'
import { createChangeLogResolvers, createChangeLogs } from './model/changeLog.ts'
import { createChangeLogRest } from './model/changeLogRest.ts'
import { createModelChanges } from './model/changes.ts'
import { createCounter } from './model/counts.ts'
import { createDocumentResolvers } from './model/documentResolvers.ts'
import { createDocumentRest } from './model/documentRest.ts'
import { createModelDocuments } from './model/documents.ts'
import { createModelResolvers } from './model/modelResolvers.ts'
import { createModels } from './model/models.ts'
import { createMetadataRest, UNKNOWN_COLLECTION } from './model/rest.ts'
import type { ReadInput } from './model/restBody.ts'
import { signInResolvers, type TokenExchange } from './people/signIn.ts'
import { userResolvers } from './people/userResolvers.ts'
import { createWorkspaceResolvers } from './people/workspaceResolvers.ts'
import type { Resolvers } from './schema.ts'
import { createDeliveryActions } from './webhooks/deliveries.ts'
import { createRestWebhooks } from './webhooks/restWebhooks.ts'
import { createSampleActions } from './webhooks/samples.ts'
import { createWebhookResolvers } from './webhooks/webhookResolvers.ts'
import { createWebhookActions, type WebhookActionsOptions } from './webhooks/webhooks.ts'

export interface MetadataOptions {
  /** The owner's pool: changes of the model are DDL. */
  readonly pool: Pool
  /** The callers' connections, subject to their roles. */
  readonly connections: ConnectionPool
  readonly readJson: ReadJson
  readonly log: Logger
  readonly budget: CacheBudget
  /** Parts of models in use. */
  readonly reuse: Reuse
  /** Public address; null: the address of each request. */
  readonly publicUrl: string | null
  /** Makes this gateway reload a workspace. */
  readonly forget: (workspaceId: string) => void
  /** Begins what changes of models left to build. */
  readonly build: () => void
  /** Retries if something may have been created a moment ago. */
  readonly secondLook: SecondLook<unknown>
  /** Makes this gateway reload what a notification names: `key <id>`, `role <id>`, …. */
  readonly announce: (payload: string) => void
  readonly issue: Tokens['issue']
  readonly exchangeFor: (ctx: Context) => TokenExchange
  /** Requests a minute of a key without a limit. */
  readonly rateLimitPerMinute: () => number
  readonly printCoreSchema: PrintSchema
  /** Brings the capture of a workspace's tables in line with its settings. */
  readonly settleCapture: (workspaceId: string) => Promise<void>
  readonly webhooks: WebhookActionsOptions['webhooks'] &
    Pick<Webhooks, 'look' | 'replay' | 'compose' | 'sample'>
  readonly maxWebhooks: number
}

/** What the metadata API does, and the resolvers for it. */
const createOperations = (options: MetadataOptions) => {
  const { pool, connections, publicUrl, forget, build, announce, issue, settleCapture } = options
  const { rateLimitPerMinute, printCoreSchema } = options
  const changes = createModelChanges({ pool, forget, build })
  const documents = createModelDocuments({ pool, forget, build })
  const changeLogs = createChangeLogs(options)
  const countRecords = createCounter(connections)
  const keys = createKeys({ pool, issue, rateLimitPerMinute, announce })
  const roles = createRoles({ pool, announce })
  const webhooks = createWebhookActions(options)
  const deliveries = createDeliveryActions(pool, options.webhooks)
  const samples = createSampleActions(options)
  const resolvers: readonly Resolvers[] = [
    ...createModelResolvers({ changes, countRecords, printCoreSchema }),
    createDocumentResolvers(documents),
    createChangeLogResolvers(changeLogs),
    createWorkspaceResolvers({ pool, publicUrl, announce, countRecords, settleCapture }),
    ...createKeyResolvers(keys),
    createRoleResolvers(),
    createRoleMutations(roles),
    createWebhookResolvers(webhooks, deliveries, samples),
    userResolvers,
    signInResolvers,
  ]
  return { changes, documents, changeLogs, keys, roles, webhooks, deliveries, samples, resolvers }
}

export const wireMetadata = (options: MetadataOptions) => {
  const { pool, readJson, log, secondLook, exchangeFor, budget } = options
  const models = createModels({ pool, budget, reuse: options.reuse })
  const operations = createOperations(options)
  const { changes, documents, changeLogs, keys, roles, resolvers } = operations
  const schema = lazily(async () => (await import('./schema.ts')).createMetadataSchema(resolvers))
  const openAccess = createOpenAccess(pool, models)
  const inputReader = lazily(async () =>
    (await import('./model/restInput.ts')).createInputReader(await schema()),
  )
  const inputOf: ReadInput = async (typeName, body) => (await inputReader())(typeName, body)
  const actions = {
    ...createKeyActions(keys, inputOf),
    ...createRoleActions(roles, inputOf),
    ...createRestWebhooks(operations.webhooks, operations.deliveries, operations.samples, inputOf),
  }
  const accessRest = createAccessRest({ actions, openAccess, readJson })
  const readSteps = createStepReader(pool)
  const modelRest = createMetadataRest({ inputOf, readModel: models.seenBy, readSteps, changes, readJson })
  const readers = {
    readModel: models.seenBy,
    openAccess,
    readSearchedColumns: (name: string) => readSearchedColumns(pool, name),
    readSteps,
  }
  const documentRest = createDocumentRest(documents, readJson)
  const graphql = lazily(async () => {
    const { createMetadataGraphQL } = await import('./graphql.ts')
    return createMetadataGraphQL({
      schema: await schema(),
      readers,
      readJson,
      log,
      budget,
      secondLook,
      exchangeFor,
    })
  })
  return {
    schema,
    readModel: models.seenBy,
    graphql,
    /** Rows under `/rest/metadata`. */
    rows: [
      ...modelRest,
      ...accessRest,
      ...documentRest,
      ...createChangeLogRest(changeLogs, readJson),
      UNKNOWN_COLLECTION,
    ],
  }
}
