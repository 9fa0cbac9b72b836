// Commands about the members of a workspace, and the command that creates a sign-in link.

import { listMembers, type Member, pageOfMembers } from '../../tenants/member/member.ts'
import { createMember } from '../../tenants/member/memberCreate.ts'
import { deleteMember } from '../../tenants/member/memberDelete.ts'
import { createImpersonationLink, createSignInLink } from '../../tenants/member/signIn.ts'
import { findRole, pageOfRoles } from '../../tenants/permission/role.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { findWorkspace } from '../../tenants/workspace.ts'
import { signInUrl } from '../demo/signInUrl.ts'
import { systemUser } from './audit/commandAudit.ts'
import type { Command } from './command.ts'
import { networkText } from './keyCommands.ts'
import { answerList, LIST_OPTIONS } from './listOptions.ts'
import { printable } from './table.ts'

const create: Command = {
  summary: 'Add a member to a workspace',
  arguments: ['workspace', 'name'],
  options: {
    email: { type: 'string', value: 'address', meaning: 'E-mail address' },
    role: { type: 'string', value: 'label', meaning: 'Role of the member; default: Admin' },
  },
  run: async ({ pool }, input) => {
    const [reference = '', name = ''] = input.arguments
    const { id, subdomain } = await findWorkspace(pool, reference)
    const role = await findRole(pool, id, input.text('role') ?? 'Admin')
    const [, firstName = '', lastName = ''] = /^(.*?)(?:\s+(\S+))?$/.exec(name.trim()) ?? []
    const email = input.text('email') ?? null
    const member = await createMember(pool, id, { firstName, lastName, email, roleId: role.id })
    const link = `A link to the console: npx tenantry sign-in ${subdomain} ${member.id}`
    return {
      json: { ...member, roleId: role.id },
      text: `Member ${member.id} of ${subdomain}, role ${printable(role.label)}.\n${link}`,
    }
  },
}

const list: Command = {
  summary: 'List the members of a workspace',
  arguments: ['workspace'],
  options: LIST_OPTIONS,
  run: async ({ pool }, input) => {
    const [reference = ''] = input.arguments
    const { schemaName } = await findWorkspace(pool, reference)
    return answerList(
      input,
      (page) => pageOfMembers(pool, schemaName, page),
      ['ID', 'NAME', 'E-MAIL'],
      ({ id, name, email }) => [id, name, email ?? ''],
    )
  },
}

const roles: Command = {
  summary: 'List the roles of a workspace',
  arguments: ['workspace'],
  options: LIST_OPTIONS,
  run: async ({ pool }, input) => {
    const [reference = ''] = input.arguments
    const { id } = await findWorkspace(pool, reference)
    return answerList(
      input,
      (page) => pageOfRoles(pool, id, page),
      ['ID', 'LABEL', 'NETWORKS', 'DESCRIPTION'],
      (role) => [role.id, role.label, networkText(role), role.description ?? ''],
    )
  },
}

const remove: Command = {
  summary: 'Remove a member and their sessions permanently; their records stay',
  arguments: ['workspace', 'member id'],
  run: async ({ pool }, { arguments: [reference = '', memberId = ''] }) => {
    const { id, subdomain } = await findWorkspace(pool, reference)
    await deleteMember(pool, id, memberId)
    return { json: { id: memberId }, text: `Member ${memberId} is no longer in ${subdomain}.` }
  },
}

const isCalled =
  (reference: string) =>
  ({ id, name, email }: Member): boolean =>
    [id, name, email].some((text) => text?.toLowerCase() === reference.toLowerCase())

/** The referenced member; without a reference the first to join. */
const findMember = (members: readonly Member[], reference: string | undefined, subdomain: string): Member => {
  const [first] = members
  if (first === undefined)
    throw new Refusal('NOT_FOUND', `${subdomain} has no members.`, {
      hint: `Add the first one: npx tenantry member create ${subdomain} "Ada Byron"`,
    })
  const [found, twin] = reference === undefined ? [first] : members.filter(isCalled(reference))
  if (found !== undefined && twin === undefined) return found
  const fault = found === undefined ? 'has no member' : 'has several members named'
  throw new Refusal('NOT_FOUND', `${subdomain} ${fault} "${reference}".`, {
    hint: `Name one by id, e-mail or full name: npx tenantry member list ${subdomain}`,
  })
}

const signIn: Command = {
  summary: 'Print a sign-in link to the console for a member; it works once, within ten minutes',
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

const impersonate: Command = {
  summary: 'Print a link that signs you in as a member, for an hour, if the workspace allows impersonation',
  arguments: ['workspace'],
  optionalArgument: 'member',
  run: async ({ pool, origin }, { arguments: [workspaceReference = '', memberReference] }) => {
    const { id, subdomain, schemaName } = await findWorkspace(pool, workspaceReference)
    const member = findMember(await listMembers(pool, schemaName), memberReference, subdomain)
    const impersonator = { operatorKeyId: null, operatorName: `command line (${systemUser()})` }
    const { secret, expiresAt } = await createImpersonationLink(pool, id, member.id, impersonator)
    const url = signInUrl(origin, secret)
    return {
      json: { url, workspaceMemberId: member.id, name: member.name, expiresAt },
      text: `Signs you in to ${subdomain} as ${printable(member.name)}, once, until ${expiresAt.toISOString()}:\nConsole: ${url}`,
    }
  },
}

export const MEMBER_COMMANDS: readonly (readonly [string, Command])[] = [
  ['member create', create],
  ['member list', list],
  ['member delete', remove],
  ['role list', roles],
  ['sign-in', signIn],
  ['impersonate', impersonate],
]
