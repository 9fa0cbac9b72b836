// The command that lets a person into the console.

import { listMembers, type Member } from '../../tenants/member.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { createSignInLink } from '../../tenants/signIn.ts'
import { findWorkspace } from '../../tenants/workspace.ts'
import { signInUrl } from '../signInUrl.ts'
import type { Command } from './command.ts'
import { printable } from './table.ts'

const isCalled =
  (reference: string) =>
  ({ id, name, email }: Member): boolean =>
    [id, name, email].some((text) => text?.toLowerCase() === reference.toLowerCase())

const namesOf = (members: readonly Member[]): string =>
  members
    .slice(0, 20)
    .map(({ name, email }) => printable(email ?? name))
    .join(', ')

/** Whoever is meant; without a reference the first to join. */
const findMember = (members: readonly Member[], reference: string | undefined, subdomain: string): Member => {
  const [first] = members
  if (first === undefined)
    throw new Refusal('NOT_FOUND', `${subdomain} has no members.`, {
      hint: 'Create a workspaceMember over its API, or sign in to the console with an API key.',
    })
  const [found, twin] = reference === undefined ? [first] : members.filter(isCalled(reference))
  if (found !== undefined && twin === undefined) return found
  const fault = found === undefined ? 'has no member' : 'has several members called'
  throw new Refusal('NOT_FOUND', `${subdomain} ${fault} "${reference}".`, {
    hint: `Name one by id, e-mail or full name: ${namesOf(members)}.`,
  })
}

const signIn: Command = {
  summary: 'Print a link that signs a member in to the console, once and within ten minutes',
  arguments: ['workspace'],
  optionalArgument: 'member',
  run: async ({ pool, origin }, { arguments: [workspaceReference = '', memberReference] }) => {
    const { id, subdomain, schemaName } = await findWorkspace(pool, workspaceReference)
    const member = findMember(await listMembers(pool, schemaName), memberReference, subdomain)
    const { secret, expiresAt } = await createSignInLink(pool, id, member.id)
    const url = signInUrl(origin, secret)
    return {
      json: { url, workspaceMemberId: member.id, name: member.name, expiresAt },
      text: `Signs ${printable(member.name)} in to ${subdomain}, once, until ${expiresAt.toISOString()}:\nConsole: ${url}`,
    }
  },
}

export const SIGN_IN_COMMANDS: readonly (readonly [string, Command])[] = [['sign-in', signIn]]
