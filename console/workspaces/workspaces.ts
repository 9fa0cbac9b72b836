// Reads and changes workspaces with an operator's session.

import type { Api } from '../api/api.ts'

export interface Workspace {
  readonly id: string
  readonly name: string
  readonly subdomain: string
  readonly schemaName: string
  readonly hasStandardObjects: boolean
  readonly version: number
  readonly status: 'active' | 'suspended'
  readonly createdAt: string
}

export interface NewWorkspace {
  readonly name: string
  readonly subdomain?: string
  readonly standardObjects: boolean
}

/** Null: the gateway's default. */
export type Limits = Readonly<Record<string, number | null>>

export interface Member {
  readonly id: string
  readonly name: string
  readonly email: string | null
}

export interface NewMember {
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  /** Label of the role. */
  readonly role: string
}

export interface SignInLink {
  readonly url: string
  readonly expiresAt: string
}

export const WORKSPACES_KEY = ['workspaces'] as const

const pathOf = (id: string, verb = ''): string => `/admin/workspaces/${encodeURIComponent(id)}${verb}`

const PAGE = 1000

/** Reads a list of the operator API page by page. */
const readPages = async <T extends { readonly id: string }>(
  api: Api,
  path: string,
  itemsOf: (body: Readonly<Record<string, readonly T[]>>) => readonly T[] | undefined,
): Promise<readonly T[]> => {
  const all: T[] = []
  for (;;) {
    const last = all.at(-1)
    const after = last === undefined ? '' : `&starting_after=${last.id}`
    const items = itemsOf(await api.rest('GET', `${path}?limit=${PAGE}${after}`)) ?? []
    all.push(...items)
    if (items.length < PAGE) return all
  }
}

export const readWorkspaces = (api: Api): Promise<readonly Workspace[]> =>
  readPages<Workspace>(api, '/admin/workspaces', ({ workspaces }) => workspaces)

export const createWorkspace = (api: Api, input: NewWorkspace): Promise<Workspace> =>
  api.rest('POST', '/admin/workspaces', input)

export const dropWorkspace = (api: Api, id: string): Promise<unknown> => api.rest('DELETE', pathOf(id))

export const suspendWorkspace = (api: Api, id: string): Promise<unknown> =>
  api.rest('POST', pathOf(id, '/suspend'))

export const resumeWorkspace = (api: Api, id: string): Promise<unknown> =>
  api.rest('POST', pathOf(id, '/resume'))

export const readLimits = (api: Api, id: string): Promise<Limits> => api.rest('GET', pathOf(id, '/limits'))

export const setLimits = (api: Api, id: string, limits: Limits): Promise<Limits> =>
  api.rest('PATCH', pathOf(id, '/limits'), limits)

export const readMembers = (api: Api, id: string): Promise<readonly Member[]> =>
  readPages<Member>(api, pathOf(id, '/members'), ({ members }) => members)

export const createMember = (api: Api, id: string, { email, ...names }: NewMember): Promise<Member> =>
  api.rest('POST', pathOf(id, '/members'), {
    ...names,
    ...(email.trim() === '' ? {} : { email: email.trim() }),
  })

export const createSignInLink = (api: Api, id: string, workspaceMemberId: string): Promise<SignInLink> =>
  api.rest('POST', pathOf(id, '/sign-in-links'), { workspaceMemberId })
