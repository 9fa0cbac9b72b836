// Reads and changes workspaces with an operator's session.

import type { Api } from '../api/api.ts'
import { failureOf } from '../api/failure.ts'

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

export interface WorkspaceMember {
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

const LARGEST_PAGE = 1000

export interface WorkspacePage {
  readonly workspaces: readonly Workspace[]
  /** Of all pages. */
  readonly totalCount: number
  /** Id that the next page begins after; null on the last page. */
  readonly nextAfter: string | null
}

interface WorkspaceListAnswer {
  readonly workspaces: readonly Workspace[]
  readonly totalCount: number
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

const SHOWN_PAGE = 50
const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i
const pageOf = (workspaces: readonly Workspace[]): WorkspacePage => ({
  workspaces,
  totalCount: workspaces.length,
  nextAfter: null,
})

const readById = async (api: Api, id: string): Promise<WorkspacePage> => {
  try {
    return pageOf([await api.rest<Workspace>('GET', pathOf(id))])
  } catch (error) {
    if (failureOf(error).status === 404) return pageOf([])
    throw error
  }
}

/**
 * A page of workspaces.
 * @param search beginnings of words of the name and the subdomain, or an id; empty for all.
 * @param after of the page before; empty for the first.
 */
export const readWorkspaces = async (api: Api, search: string, after: string): Promise<WorkspacePage> => {
  if (ID.test(search)) return readById(api, search)
  // The gateway refuses a search without a letter or a digit.
  if (search !== '' && !/[\p{L}\p{N}]/u.test(search)) return pageOf([])
  const query = new URLSearchParams({ limit: String(SHOWN_PAGE) })
  if (search !== '') query.set('search', search)
  if (after !== '') query.set('starting_after', after)
  const answer = await api.rest<WorkspaceListAnswer>('GET', `/admin/workspaces?${query}`)
  const { workspaces, totalCount, pageInfo } = answer
  return { workspaces, totalCount, nextAfter: pageInfo.hasNextPage ? pageInfo.endCursor : null }
}

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

export const readMembers = async (api: Api, id: string): Promise<readonly WorkspaceMember[]> => {
  const all: WorkspaceMember[] = []
  for (;;) {
    const last = all.at(-1)
    const after = last === undefined ? '' : `&starting_after=${last.id}`
    const path = `${pathOf(id, '/members')}?limit=${LARGEST_PAGE}${after}`
    const { members } = await api.rest<{ readonly members: readonly WorkspaceMember[] }>('GET', path)
    all.push(...members)
    if (members.length < LARGEST_PAGE) return all
  }
}

export const createMember = (
  api: Api,
  id: string,
  { email, ...names }: NewMember,
): Promise<WorkspaceMember> =>
  api.rest('POST', pathOf(id, '/members'), {
    ...names,
    ...(email.trim() === '' ? {} : { email: email.trim() }),
  })

export const createSignInLink = (api: Api, id: string, workspaceMemberId: string): Promise<SignInLink> =>
  api.rest('POST', pathOf(id, '/sign-in-links'), { workspaceMemberId })
