// Context that resolvers of one metadata request share. Nodes are linked in cycles, so a short document could
// select the model many times over: every node of a list is charged to one budget.

import type { SearchedColumns } from '../../sql/catalog/searchedColumns.ts'
import type { StepStatus } from '../../tenants/model/change/run/buildStatus.ts'
import type { ChangePlan } from '../../tenants/model/metadata.ts'
import type { SlicesOptions } from '../../tenants/model/read/slices.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { Problem } from '../error/problem.ts'
import { createPace, type Pace } from '../slices/pace.ts'
import type { Access, OpenAccess } from './access/access.ts'
import type { ReadSteps } from './model/builds.ts'
import type { Models } from './model/models.ts'
import type { ModelNodes } from './model/nodes.ts'
import { createSearchedFields, type SearchedFields } from './model/searchField.ts'

export interface MetadataContext {
  readonly requestContext: RequestContext<unknown>
  /** Only anonymous callers can exchange tokens (people/signIn.ts). */
  readonly exchange: null
  /** Address that the caller reached the gateway by. */
  readonly origin: string
  /** The model as the caller sees it, loaded once per request. */
  readonly model: () => Promise<ModelNodes>
  readonly access: Access
  readonly searchFields: () => Promise<SearchedFields>
  /** Steps of builds, read once; null in a mutation, whose answer has the state when it was made. */
  readonly buildSteps: () => Promise<ReadonlyMap<string, StepStatus>> | null
  /** Charges the nodes of a list; throws Problem TOO_COMPLEX_QUERY. */
  readonly spend: <T>(nodes: readonly T[]) => readonly T[]
  /** Lists of nodes, completed in slices. */
  readonly pace: Pace
  /** Plans of dry runs, in the order of their fields. */
  readonly dryRuns: ChangePlan[]
}

/** A model of 100 objects with 100 fields each can be read five times over. */
const MAX_NODES = 50_000

/** Nodes after which a slice ends. Measured: 10 µs each for a few of its properties. */
const MAX_NODES_PER_SLICE = 300

export interface Readers {
  readonly readModel: Models['seenBy']
  readonly openAccess: OpenAccess
  readonly readSearchedColumns: (schema: string) => Promise<SearchedColumns>
  readonly readSteps: ReadSteps
  readonly onSlice?: SlicesOptions['onSlice']
}

export const createContext = (
  requestContext: RequestContext<unknown>,
  origin: string,
  { readModel, openAccess, readSearchedColumns, readSteps, onSlice }: Readers,
  isRead = true,
): MetadataContext => {
  let spent = 0
  let model: Promise<ModelNodes> | undefined
  let steps: ReturnType<ReadSteps> | undefined
  let searched: Promise<SearchedFields> | undefined
  return {
    requestContext,
    exchange: null,
    origin,
    model: () => {
      model ??= readModel(requestContext)
      return model
    },
    access: openAccess(requestContext),
    searchFields: () => {
      const { schema, schemaVersion } = requestContext.workspace
      searched ??= readSearchedColumns(schema).then((found) =>
        createSearchedFields(schemaVersion.model, found),
      )
      return searched
    },
    buildSteps: () => {
      if (!isRead) return null
      steps ??= readSteps(requestContext.workspace.id)
      return steps
    },
    spend: (nodes) => {
      spent += nodes.length
      if (spent <= MAX_NODES) return nodes
      throw new Problem(
        'BAD_USER_INPUT',
        `Query too complex - It asks for more than ${MAX_NODES} objects and fields`,
        {
          subCode: 'TOO_COMPLEX_QUERY',
        },
      )
    },
    pace: createPace({ maxUnits: MAX_NODES_PER_SLICE, onSlice }),
    dryRuns: [],
  }
}
