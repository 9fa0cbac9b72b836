import test, { type ExecutionContext } from 'ava'
import { createKey } from '../../tenants/key.ts'
import { describeModel } from '../../tenants/model/describe.ts'
import { findRole } from '../../tenants/role.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { scratchDirectory, startGateway } from '../gateway/process.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Answer, ask, HOSTILE_NAME } from '../support/gateway.ts'
import { objectIn } from '../support/model.ts'

const CHANGES = 200
const WORKERS = 4
const KILLS = 3

/** What a shell does: `tenantry key create`, by way of the gateway's own signing keys. */
const openSigned = async (t: ExecutionContext) => {
  const database = await createTestDatabase(t)
  const environment = {
    DATABASE_URL: database.ownerUrl,
    SECRET_KEY: database.secretKey,
    DATA_DIR: await scratchDirectory(t),
    API_RATE_LIMIT_PER_MINUTE: '1000000',
  }
  return { ...database, environment }
}
