// Names of GraphQL types that belong to one field of one object: `OpportunityStageEnum`,
// `CompanyDomainNameWhereInput`. The stem is distinct for each pair of object and field, and depends on the
// pair alone. Written together, `company.domainName` and `companyDomain.name` would be equal, so a field of
// several words is set apart: `Company_DomainName`. Fields of the standard objects are spelled as in the
// contract.

import { toTypeName } from './name.ts'
import { STANDARD_OBJECTS } from './standard/standard.ts'

const together = (nameSingular: string, field: string): string => toTypeName(nameSingular) + toTypeName(field)

const apart = (nameSingular: string, field: string): string =>
  `${toTypeName(nameSingular)}_${toTypeName(field)}`

/** The object and field of the contract that own a name. */
const CONTRACT: ReadonlyMap<string, string> = new Map(
  STANDARD_OBJECTS.flatMap(({ nameSingular, fields }) =>
    fields.map(({ name }) => [together(nameSingular, name), `${nameSingular}.${name}`] as const),
  ),
)

const isOneWord = (field: string): boolean => /^[a-z][a-z0-9]*$/.test(field)

/** @param field camelCase, like the object's name */
export const fieldTypeStem = (nameSingular: string, field: string): string => {
  const plain = together(nameSingular, field)
  const owner = CONTRACT.get(plain)
  const isPlain = owner === undefined ? isOneWord(field) : owner === `${nameSingular}.${field}`
  return isPlain ? plain : apart(nameSingular, field)
}
