// What callers set of a webhook, and the columns that hold it.

import type { ClientBase } from 'pg'

/** Which records of its operations a webhook wants, and what it shows of them. The names are of fields. */
export interface RecordSettings {
  /** Only updates of these fields are delivered; null: all updates. */
  readonly changedFields: readonly string[] | null
  /** As the REST API takes it; null: all records. */
  readonly filter: string | null
  /** Fields of records to send, in addition to the key; null: all. */
  readonly fields: readonly string[] | null
  /** Whether the old values of changed fields are sent. */
  readonly includesPrevious: boolean
}

/** Encrypts a secret, inside the transaction that stores it. Null: requests are not signed. */
export type EncryptSecret = (client: ClientBase) => Promise<Buffer | null>

export interface WebhookSettings extends RecordSettings {
  readonly targetUrl: string
  /** Host and port of the URL. */
  readonly host: string
  readonly operations: readonly string[]
  readonly description: string | null
  /** Encrypted. */
  readonly secret: Buffer | null
  readonly skipsOwnChanges: boolean
  /** Of one record, no change is sent before the one before it has ended. */
  readonly isOrdered: boolean
  /** What the webhook sees, it sees with this role. */
  readonly roleId: string
}

const COLUMN_OF: Readonly<Record<keyof WebhookSettings, string>> = {
  targetUrl: 'target_url',
  host: 'host',
  operations: 'operations',
  description: 'description',
  secret: 'secret',
  skipsOwnChanges: 'skips_own_changes',
  isOrdered: 'is_ordered',
  roleId: 'role_id',
  changedFields: 'changed_fields',
  filter: 'filter',
  fields: 'fields',
  includesPrevious: 'includes_previous',
}

export const RECORD_COLUMNS =
  'changed_fields as "changedFields", filter, fields, includes_previous as "includesPrevious"'

/** The columns of the settings that are given, and their values. */
export const writtenSettings = (
  settings: Partial<WebhookSettings>,
): { readonly columns: readonly string[]; readonly values: readonly unknown[] } => {
  const given = Object.entries(COLUMN_OF).flatMap(([name, column]) => {
    const value = settings[name as keyof WebhookSettings]
    return value === undefined ? [] : [{ column, value }]
  })
  return { columns: given.map(({ column }) => column), values: given.map(({ value }) => value) }
}
