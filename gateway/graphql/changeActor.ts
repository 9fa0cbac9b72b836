/** Fields of the type ChangeActor, in the order of the schema. */
export const CHANGE_ACTOR_FIELDS = [
  'keyId',
  'workspaceMemberId',
  'operatorKeyId',
  'operatorName',
  'roleId',
  'requestId',
  'databaseUser',
  'cause',
] as const
