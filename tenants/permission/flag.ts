// Permission flags: what a role may do besides reading and writing records. The two switches of a role imply
// all flags of their kind.

import { PermissionRefusal } from './refusal.ts'

export const SETTINGS_FLAGS = [
  'API_KEYS_AND_WEBHOOKS',
  'WORKSPACE',
  'WORKSPACE_MEMBERS',
  'ROLES',
  'DATA_MODEL',
  'SECURITY',
  'WORKFLOWS',
  'IMPERSONATE',
  'SSO_BYPASS',
  'APPLICATIONS',
  'MARKETPLACE_APPS',
  'LAYOUTS',
  'BILLING',
  'AI_SETTINGS',
] as const

export const TOOL_FLAGS = [
  'AI',
  'VIEWS',
  'UPLOAD_FILE',
  'DOWNLOAD_FILE',
  'SEND_EMAIL_TOOL',
  'CREATE_CALENDAR_EVENT_TOOL',
  'HTTP_REQUEST_TOOL',
  'CODE_INTERPRETER_TOOL',
  'IMPORT_CSV',
  'EXPORT_CSV',
  'CONNECTED_ACCOUNTS',
  'PROFILE_INFORMATION',
] as const

export type PermissionFlag = (typeof SETTINGS_FLAGS)[number] | (typeof TOOL_FLAGS)[number]

const ALL_FLAGS: readonly PermissionFlag[] = [...SETTINGS_FLAGS, ...TOOL_FLAGS]

export const isPermissionFlag = (text: string): text is PermissionFlag =>
  ALL_FLAGS.some((flag) => flag === text)

export const checkedFlags = (texts: readonly string[]): readonly PermissionFlag[] =>
  [...new Set(texts)].map((text) => {
    if (isPermissionFlag(text)) return text
    throw new PermissionRefusal(
      'INVALID_SETTING_PERMISSIONS',
      `Invalid permission setting (unknown value): ${text}`,
    )
  })

export interface FlagHolder {
  readonly canUpdateAllSettings: boolean
  readonly canAccessAllTools: boolean
  readonly flags: readonly string[]
}

export const flagsOf = (role: FlagHolder): ReadonlySet<PermissionFlag> =>
  new Set([
    ...(role.canUpdateAllSettings ? SETTINGS_FLAGS : []),
    ...(role.canAccessAllTools ? TOOL_FLAGS : []),
    ...role.flags.filter(isPermissionFlag),
  ])

/** What to do about a missing flag; any of them suffices. */
export const flagHint = (flags: readonly PermissionFlag[]): string =>
  `Your role would need the flag ${flags.join(' or ')}.`

export const flagMissing = (flag: PermissionFlag): PermissionRefusal =>
  new PermissionRefusal('PERMISSION_DENIED', 'Entity performing the request does not have permission', {
    hint: flagHint([flag]),
  })
