// Resolvers for the caller's workspace. Features of the contract that this gateway lacks (single sign-on,
// invitations, domains) read as disabled, and cannot be set.

import type { Pool } from 'pg'
import {
  type EditableWorkspace,
  findEditableWorkspace,
  updateWorkspaceSettings,
  type WorkspaceSettings,
} from '../../../tenants/workspaceSettings.ts'
import { actorOf, demandFlag } from '../../auth/flags.ts'
import { Problem } from '../../error/problem.ts'
import type { MetadataContext } from '../context.ts'
import type { CountRecords } from '../model/counts.ts'
import type { Resolver, Resolvers } from '../schema.ts'

interface WorkspaceResolversOptions {
  readonly pool: Pool
  /** Null: the address that the caller used. */
  readonly publicUrl: string | null
  /** Makes this gateway reload a `workspace <id>` and its callers, who may have its default role. */
  readonly announce: (payload: string) => void
  readonly countRecords: CountRecords
  /** Brings the capture of a workspace's tables in line with its settings, as far as tables are free. */
  readonly settleCapture: (workspaceId: string) => Promise<void>
}

const MEMBERS = 'workspaceMembers'

const SETTABLE: Readonly<Record<keyof WorkspaceSettings, true>> = {
  displayName: true,
  subdomain: true,
  logo: true,
  defaultRoleId: true,
  trashRetentionDays: true,
  eventLogRetentionDays: true,
  maxBatchRecords: true,
  restMetadataFormat: true,
  countMode: true,
  capture: true,
  history: true,
  allowImpersonation: true,
}

const ABSENT = {
  logoFileId: null,
  inviteHash: null,
  deletedAt: null,
  isPublicInviteLinkEnabled: false,
  workspaceDiscoverability: 'HIDDEN',
  customDomain: null,
  isGoogleAuthEnabled: false,
  isGoogleAuthBypassEnabled: false,
  isTwoFactorAuthenticationEnforced: false,
  isPasswordAuthEnabled: false,
  isPasswordAuthBypassEnabled: false,
  isMicrosoftAuthEnabled: false,
  isMicrosoftAuthBypassEnabled: false,
  isCustomDomainEnabled: false,
  isInternalMessagesImportEnabled: false,
  allowedIframeOrigins: null,
  editableProfileFields: null,
  // The contract requires a tier, whether there is a model of it or not.
  aiChatModelTier: 'balanced',
  aiAgentModelTier: 'balanced',
  isAutoModelSelectionEnabled: false,
  aiModelIdByTier: {},
  aiEvaluationModelId: null,
  aiAdditionalInstructions: null,
  hasValidSignedEnterpriseKey: false,
  hasValidEnterpriseValidityToken: false,
} as const

const isSettable = (name: string): name is keyof WorkspaceSettings => Object.hasOwn(SETTABLE, name)

/** Refuses settings that do not exist here, rather than silently ignoring them. */
const settingsIn = (data: Readonly<Record<string, unknown>>): WorkspaceSettings => {
  for (const [name, value] of Object.entries(data))
    if (!isSettable(name) && value !== undefined)
      throw new Problem('BAD_USER_INPUT', `Field "${name}" is not allowed to be updated`)
  return data
}

/** Settings that only this gateway has. */
const ownSettings = (settings: EditableWorkspace['settings']) => ({
  maxBatchRecords: settings.maxBatchRecords ?? null,
  restMetadataFormat: settings.restMetadataFormat,
  countMode: settings.countMode,
  capture: settings.capture ?? null,
  history: settings.history,
  allowImpersonation: settings.allowImpersonation,
})

const concernsCapture = ({ capture, history }: WorkspaceSettings): boolean =>
  capture !== undefined || history !== undefined

export const createWorkspaceResolvers = (options: WorkspaceResolversOptions): Resolvers => {
  const { pool, publicUrl, announce, countRecords, settleCapture } = options

  const present = (
    { settings, ...workspace }: EditableWorkspace,
    { origin, model, requestContext }: MetadataContext,
  ) => ({
    ...ABSENT,
    id: workspace.id,
    displayName: workspace.displayName,
    logo: settings.logo ?? null,
    createdAt: workspace.createdAt,
    updatedAt: workspace.updatedAt,
    trashRetentionDays: settings.trashRetentionDays,
    eventLogRetentionDays: settings.eventLogRetentionDays,
    activationStatus: workspace.status === 'suspended' ? 'SUSPENDED' : 'ACTIVE',
    metadataVersion: workspace.version,
    databaseSchema: workspace.schemaName,
    subdomain: workspace.subdomain,
    defaultRole: workspace.defaultRole,
    featureFlags: [
      { key: 'IS_REST_METADATA_API_NEW_FORMAT_DIRECT', value: settings.restMetadataFormat === 'flat' },
    ],
    // Workspaces are identified by their keys, so all share one address.
    workspaceUrls: { customUrl: null, subdomainUrl: publicUrl ?? origin },
    workspaceCustomApplicationId: workspace.id,
    ...ownSettings(settings),
    workspaceMembersCount: async () => {
      const members = (await model()).objectByName.get(MEMBERS)
      const [counted] = members === undefined ? [] : await countRecords(requestContext, [members])
      return counted?.count ?? null
    },
  })

  const currentWorkspace: Resolver = async (_: unknown, _args: unknown, context) =>
    present(await findEditableWorkspace(pool, context.requestContext.workspace.id), context)

  return {
    Query: { currentWorkspace },
    User: { currentWorkspace },
    Mutation: {
      updateWorkspace: async (
        _: unknown,
        {
          data,
          force,
        }: { readonly data: Readonly<Record<string, unknown>>; readonly force?: boolean | null },
        context,
      ) => {
        const { caller, workspace } = context.requestContext
        const settings = settingsIn(data)
        if (Object.keys(settings).length === 0) demandFlag(caller, 'WORKSPACE')
        const changed = await updateWorkspaceSettings(pool, workspace.id, settings, actorOf(caller, force))
        announce(`workspace ${workspace.id}`)
        if (concernsCapture(settings)) await settleCapture(workspace.id)
        return present(changed, context)
      },
    },
  }
}
