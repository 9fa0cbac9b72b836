// The settings of single objects for change log and history, for both protocols.

import type { Pool } from 'pg'
import {
  listObjectChangeLogs,
  type ObjectChangeLog,
  type ObjectChangeLogSettings,
  setObjectChangeLog,
} from '../../../tenants/changes/objectSettings.ts'
import { actorOf, demandFlag } from '../../auth/flags.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { Problem } from '../../error/problem.ts'
import type { Resolvers } from '../schema.ts'

interface ChangeLogsOptions {
  readonly pool: Pool
  /** Brings the capture of a workspace's tables in line with its settings, as far as tables are free. */
  readonly settleCapture: (workspaceId: string) => Promise<void>
}

export type NamedChangeLog = ObjectChangeLog & { readonly nameSingular: string }
type Context = RequestContext<unknown>

export interface ChangeLogs {
  readonly list: (context: Context) => Promise<readonly NamedChangeLog[]>
  /** @param object its id, or its name in the singular or plural */
  readonly find: (context: Context, object: string) => Promise<NamedChangeLog>
  readonly update: (
    context: Context,
    object: string,
    settings: ObjectChangeLogSettings,
  ) => Promise<NamedChangeLog>
}

export const createChangeLogs = ({ pool, settleCapture }: ChangeLogsOptions): ChangeLogs => {
  const list = async ({ caller, workspace }: Context): Promise<readonly NamedChangeLog[]> => {
    demandFlag(caller, 'DATA_MODEL')
    const { byTable } = workspace.schemaVersion.model
    const found = await listObjectChangeLogs(pool, workspace.id)
    return found.flatMap((each) => {
      const object = byTable.get(each.table)
      return object === undefined ? [] : [{ ...each, nameSingular: object.nameSingular }]
    })
  }
  const find = async (context: Context, named: string): Promise<NamedChangeLog> => {
    const { byPlural } = context.workspace.schemaVersion.model
    const table = byPlural.get(named)?.table
    const found = (await list(context)).find(
      (each) => each.objectMetadataId === named || each.nameSingular === named || each.table === table,
    )
    if (found !== undefined) return found
    throw new Problem('NOT_FOUND', `object '${named.slice(0, 100)}' not found.`, {
      subCode: 'OBJECT_NOT_FOUND',
    })
  }
  return {
    list,
    find,
    update: async (context, named, settings) => {
      const { table, objectMetadataId } = await find(context, named)
      const { id } = context.workspace
      await setObjectChangeLog(pool, id, table, settings, actorOf(context.caller))
      await settleCapture(id)
      return find(context, objectMetadataId)
    },
  }
}

interface Given extends ObjectChangeLogSettings {
  readonly objectMetadataId: string
}

export const createChangeLogResolvers = (logs: ChangeLogs): Resolvers => ({
  Query: { objectChangeLogs: (_: unknown, _args: unknown, { requestContext }) => logs.list(requestContext) },
  Mutation: {
    updateObjectChangeLog: (_: unknown, { objectMetadataId, capture, history }: Given, { requestContext }) =>
      logs.update(requestContext, objectMetadataId, { capture, history }),
  },
})
