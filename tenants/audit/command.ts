import type { Pool } from 'pg'

interface AuditedCommand {
  /** `command.key.create` */
  readonly action: string
  /** Of the machine that it ran on. */
  readonly user: string
  readonly workspaceId: string | null
  readonly details: Readonly<Record<string, unknown>>
}

/** Records a command of the command line, whose operator has no key. */
export const auditCommand = async (
  pool: Pool,
  { action, user, workspaceId, details }: AuditedCommand,
): Promise<void> => {
  await pool.query(
    `insert into tenantry.audit (operator_name, action, workspace_id, details) values ($1, $2, $3, $4)`,
    [`command line (${user})`, action, workspaceId, JSON.stringify(details)],
  )
}
