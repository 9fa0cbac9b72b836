// Refusals about roles and permissions, with the contract's code, which every protocol returns to its
// clients.

import { Refusal, type RefusalCode, type RefusalOptions } from '../refusal.ts'

type PermissionReason =
  | 'ROLE_NOT_FOUND'
  | 'ROLE_LABEL_ALREADY_EXISTS'
  | 'ROLE_NOT_EDITABLE'
  | 'ROLE_IN_USE'
  | 'DEFAULT_ROLE_CANNOT_BE_DELETED'
  | 'ROLE_MUST_HAVE_AT_LEAST_ONE_TARGET'
  | 'ROLE_CANNOT_BE_ASSIGNED_TO_API_KEYS'
  | 'ROLE_CANNOT_BE_ASSIGNED_TO_USERS'
  | 'ROLE_STRONGER_THAN_CALLER'
  | 'CANNOT_GIVE_WRITING_PERMISSION_WITHOUT_READING_PERMISSION'
  | 'CANNOT_GIVE_WRITING_PERMISSION_ON_NON_READABLE_OBJECT'
  | 'CANNOT_UNASSIGN_LAST_ADMIN'
  | 'CANNOT_UPDATE_SELF_ROLE'
  | 'OBJECT_METADATA_NOT_FOUND'
  | 'FIELD_METADATA_NOT_FOUND'
  | 'FIELD_IS_ALWAYS_READABLE'
  | 'ONLY_FIELD_RESTRICTION_ALLOWED'
  | 'INVALID_SETTING_PERMISSIONS'
  | 'INVALID_ROW_RULE'
  | 'PERMISSION_DENIED'
  | 'QUOTA_EXCEEDED'
  | 'WORKSPACE_MEMBER_NOT_FOUND'
  | 'API_KEY_NOT_FOUND'
  | 'API_KEY_REVOKED'
  | 'API_KEY_EXPIRED'

const CODES: Readonly<Partial<Record<PermissionReason, RefusalCode>>> = {
  ROLE_NOT_FOUND: 'NOT_FOUND',
  OBJECT_METADATA_NOT_FOUND: 'NOT_FOUND',
  FIELD_METADATA_NOT_FOUND: 'NOT_FOUND',
  WORKSPACE_MEMBER_NOT_FOUND: 'NOT_FOUND',
  API_KEY_NOT_FOUND: 'NOT_FOUND',
  ROLE_LABEL_ALREADY_EXISTS: 'CONFLICT',
  ROLE_IN_USE: 'CONFLICT',
  ROLE_NOT_EDITABLE: 'FORBIDDEN',
  QUOTA_EXCEEDED: 'FORBIDDEN',
  ROLE_STRONGER_THAN_CALLER: 'FORBIDDEN',
  CANNOT_UPDATE_SELF_ROLE: 'FORBIDDEN',
  CANNOT_UNASSIGN_LAST_ADMIN: 'FORBIDDEN',
  PERMISSION_DENIED: 'FORBIDDEN',
}

export class PermissionRefusal extends Refusal {
  readonly reason: PermissionReason

  constructor(reason: PermissionReason, message: string, options: RefusalOptions = {}) {
    super(CODES[reason] ?? 'INVALID_INPUT', message, options)
    this.name = 'PermissionRefusal'
    this.reason = reason
  }
}
