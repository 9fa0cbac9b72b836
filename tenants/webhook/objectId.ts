import type { Connection } from '../../sql/ownerPool.ts'

/** Id of an object in the metadata; null for a table without one. */
export const findObjectId = async (
  connection: Connection,
  workspaceId: string,
  table: string,
): Promise<string | null> => {
  const { rows } = await connection.query<{ id: string }>(
    'select id from tenantry.objects where workspace_id = $1 and table_name = $2',
    [workspaceId, table],
  )
  return rows[0]?.id ?? null
}
