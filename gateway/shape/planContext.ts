// What a request's context holds for the plans of a compiled shape, told to Grafast's types; and the kind of connection that
// plans run on.

import type { PgClient, WithPgClient } from 'postgraphile/@dataplan/pg'
import type { Model } from '../../tenants/model/model.ts'
import type { RunWrite } from '../records/write/run.ts'
import type { Author } from '../records/write/write.ts'

export interface PlanContext {
  /** Runs statements as the caller, in the caller's workspace. */
  readonly toPostgres: WithPgClient
  /** The data model as the caller's role sees it. */
  readonly model: Model
  /** Runs a write and the select that follows it. */
  readonly write: RunWrite
  /** Who the records will say that they were written by. */
  readonly author: Author
  /** Records that one field may write. */
  readonly maxBatchRecords: number
}

declare global {
  namespace Grafast {
    interface Context extends PlanContext {}
  }
  namespace GraphileConfig {
    interface PgAdaptors {
      tenantry: { adaptorSettings: undefined; makePgServiceOptions: object; client: PgClient }
    }
  }
}
