// The workspace's settings as /metadata speaks of them.

import type { Api } from '../api/api.ts'

export interface WorkspaceSettings {
  readonly id: string
  readonly displayName: string | null
  readonly subdomain: string
  readonly databaseSchema: string | null
  readonly createdAt: string
  readonly metadataVersion: number
  readonly trashRetentionDays: number
  readonly eventLogRetentionDays: number
  readonly maxBatchRecords: number | null
  readonly restMetadataFormat: string
  readonly defaultRole: { readonly id: string; readonly label: string } | null
}

/** What `updateWorkspace` takes; null brings a default back. */
export interface WorkspaceChange {
  readonly displayName?: string
  readonly subdomain?: string
  readonly defaultRoleId?: string
  readonly trashRetentionDays?: number
  readonly eventLogRetentionDays?: number
  readonly maxBatchRecords?: number | null
  readonly restMetadataFormat?: string
}

export const SETTINGS_KEY = ['workspace'] as const

const FIELDS = `id displayName subdomain databaseSchema createdAt metadataVersion trashRetentionDays
  eventLogRetentionDays maxBatchRecords restMetadataFormat defaultRole { id label }`

export const readSettings = async (api: Api): Promise<WorkspaceSettings> => {
  const { currentWorkspace } = await api.metadata<{ readonly currentWorkspace: WorkspaceSettings }>(
    `{ currentWorkspace { ${FIELDS} } }`,
  )
  return currentWorkspace
}

export const changeSettings = async (api: Api, data: WorkspaceChange): Promise<WorkspaceSettings> => {
  const { updateWorkspace } = await api.metadata<{ readonly updateWorkspace: WorkspaceSettings }>(
    `mutation ($data: UpdateWorkspaceInput!) { updateWorkspace(data: $data) { ${FIELDS} } }`,
    { data },
  )
  return updateWorkspace
}
