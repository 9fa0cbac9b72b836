// Fields of the caller's member record, for record rules such as “the owner is the caller”.

import { useObject, useRoleObjects } from '../objects.ts'
import { isComparable } from './operands.ts'

export interface MemberField {
  readonly id: string
  readonly label: string
}

/** Empty in workspaces without members. */
export const useMemberFields = (): readonly MemberField[] => {
  const { data: objects } = useRoleObjects()
  const members = objects?.find(({ nameSingular }) => nameSingular === 'workspaceMember')
  const { data } = useObject(members?.id)
  return (data?.fieldsList ?? [])
    .filter(isComparable)
    .map(({ id, name, label }) => ({ id, label: name === 'id' ? 'the caller' : `the caller’s ${label}` }))
    .toSorted((one, other) => Number(other.label === 'the caller') - Number(one.label === 'the caller'))
}
