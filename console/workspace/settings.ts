// Reads and changes the settings of the workspace.

import type { Api } from '../api/api.ts'
import {
  WorkspaceSettings as Query,
  UpdateWorkspace,
  type UpdateWorkspaceInput,
  type WorkspaceSettingsFragment,
} from './settings.graphql.ts'

export type WorkspaceSettings = WorkspaceSettingsFragment

export const SETTINGS_KEY = ['workspace'] as const

export const readSettings = async (api: Api): Promise<WorkspaceSettings> =>
  (await api.metadata(Query)).currentWorkspace

export const updateSettings = (api: Api, data: UpdateWorkspaceInput, force: boolean): Promise<unknown> =>
  api.metadata(UpdateWorkspace, { data, force })

/** Number inputs hold an empty text while they are empty. */
type NumberText = number | ''

export type SettingsValues = {
  readonly displayName: string
  readonly subdomain: string
  readonly defaultRoleId: string
  readonly maxBatchRecords: NumberText
  readonly restMetadataFormat: string
  readonly trashRetentionDays: NumberText
  readonly eventLogRetentionDays: NumberText
  readonly history: boolean
  readonly allowImpersonation: boolean
}

export const valuesOf = (settings: WorkspaceSettings): SettingsValues => ({
  displayName: settings.displayName ?? '',
  subdomain: settings.subdomain,
  defaultRoleId: settings.defaultRole?.id ?? '',
  maxBatchRecords: settings.maxBatchRecords ?? '',
  restMetadataFormat: settings.restMetadataFormat,
  trashRetentionDays: settings.trashRetentionDays,
  eventLogRetentionDays: settings.eventLogRetentionDays,
  history: settings.history,
  allowImpersonation: settings.allowImpersonation,
})

const numberOf = (value: NumberText | undefined): number | null | undefined => (value === '' ? null : value)

/** The edited values as `updateWorkspace` takes them; null restores a default. */
export const inputOf = (edited: Partial<SettingsValues>): UpdateWorkspaceInput => ({
  ...edited,
  maxBatchRecords: numberOf(edited.maxBatchRecords),
  trashRetentionDays: numberOf(edited.trashRetentionDays),
  eventLogRetentionDays: numberOf(edited.eventLogRetentionDays),
})
