// Refuses input properties of the contract that this gateway does not support, by name. Values that match the
// actual behaviour are accepted, because clients send whole forms; silently ignoring other values would
// mislead the client.

import { Problem } from '../../error/problem.ts'

/** Values that change nothing. */
const HARMLESS: Readonly<Record<string, readonly unknown[]>> = {
  openRecordIn: ['SIDE_PANEL'],
  readability: ['OPEN'],
  isUIEditable: [true],
  isUIReadOnly: [false],
  isAuditLogged: [false],
  isRemoteCreation: [false],
  primaryKeyColumnType: ['uuid'],
  primaryKeyFieldMetadataSettings: [],
  universalIdentifier: [],
  translations: [],
}

const isEmpty = (value: unknown): boolean => value == null || (Array.isArray(value) && value.length === 0)

export const refuseUnsupported = (input: object): void => {
  for (const [name, value] of Object.entries(input)) {
    const harmless = HARMLESS[name]
    if (harmless !== undefined && !isEmpty(value) && !harmless.includes(value))
      throw new Problem('BAD_USER_INPUT', `"${name}" cannot be set to ${JSON.stringify(value)} here.`, {
        hint: 'Leave it out.',
      })
  }
}
