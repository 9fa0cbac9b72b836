// All pages of the console: path, title, section of the navigation, and the module that is loaded when the
// page opens.

import {
  type Icon,
  IconActivity,
  IconApi,
  IconBrandGraphql,
  IconBroadcast,
  IconBuildings,
  IconKey,
  IconSchema,
  IconServer2,
  IconSettings,
  IconShieldLock,
  IconTable,
} from '@tabler/icons-react'
import type { ComponentType } from 'react'
import type { Session } from './session/session.ts'

/** Sections of the navigation, in order. */
export const SECTIONS = ['Develop', 'Data', 'Administer'] as const

export interface Page {
  /** A pattern of wouter. */
  readonly path: string
  readonly title: string
  /** Its section in the navigation; absent for pages that are linked from others. */
  readonly section?: (typeof SECTIONS)[number]
  readonly icon?: Icon
  readonly audience: 'workspace' | 'operator'
  /** Only where workspaces are placed on several nodes. */
  readonly needsNodes?: boolean
  readonly load: () => Promise<{ readonly default: ComponentType }>
}

export const PAGES: readonly Page[] = [
  {
    path: '/api',
    title: 'APIs & Webhooks',
    section: 'Develop',
    icon: IconKey,
    audience: 'workspace',
    load: () => import('./keys/keysPage.tsx'),
  },
  {
    path: '/api/webhooks',
    title: 'Webhooks',
    audience: 'workspace',
    load: () => import('./webhooks/webhooksPage.tsx'),
  },
  {
    path: '/api/webhooks/:id',
    title: 'Webhook',
    audience: 'workspace',
    load: () => import('./webhooks/webhookPage.tsx'),
  },
  {
    path: '/usage',
    title: 'Usage',
    section: 'Develop',
    icon: IconActivity,
    audience: 'workspace',
    load: () => import('./usage/usagePage.tsx'),
  },
  {
    path: '/playground/rest',
    title: 'REST playground',
    section: 'Develop',
    icon: IconApi,
    audience: 'workspace',
    load: () => import('./playground/restPage.tsx'),
  },
  {
    path: '/playground/rest-metadata',
    title: 'REST metadata playground',
    audience: 'workspace',
    load: () => import('./playground/restMetadataPage.tsx'),
  },
  {
    path: '/playground/graphql',
    title: 'GraphQL playground',
    section: 'Develop',
    icon: IconBrandGraphql,
    audience: 'workspace',
    load: () => import('./playground/graphqlPage.tsx'),
  },
  {
    path: '/playground/graphql-metadata',
    title: 'GraphQL metadata playground',
    audience: 'workspace',
    load: () => import('./playground/graphqlMetadataPage.tsx'),
  },
  {
    path: '/records',
    title: 'Records',
    section: 'Data',
    icon: IconTable,
    audience: 'workspace',
    load: () => import('./records/recordsPage.tsx'),
  },
  {
    path: '/records/:object',
    title: 'Records',
    audience: 'workspace',
    load: () => import('./records/recordsPage.tsx'),
  },
  {
    path: '/live',
    title: 'Live changes',
    section: 'Data',
    icon: IconBroadcast,
    audience: 'workspace',
    load: () => import('./live/changesPage.tsx'),
  },
  {
    path: '/model',
    title: 'Data model',
    section: 'Data',
    icon: IconSchema,
    audience: 'workspace',
    load: () => import('./model/modelPage.tsx'),
  },
  {
    path: '/model/:object',
    title: 'Object',
    audience: 'workspace',
    load: () => import('./model/objectPage.tsx'),
  },
  {
    path: '/roles',
    title: 'Roles',
    section: 'Administer',
    icon: IconShieldLock,
    audience: 'workspace',
    load: () => import('./roles/rolesPage.tsx'),
  },
  {
    path: '/roles/:id',
    title: 'Role',
    audience: 'workspace',
    load: () => import('./roles/rolePage.tsx'),
  },
  {
    path: '/workspace',
    title: 'Workspace',
    section: 'Administer',
    icon: IconSettings,
    audience: 'workspace',
    load: () => import('./workspace/workspacePage.tsx'),
  },
  {
    path: '/workspace/audit',
    title: 'Audit log',
    audience: 'workspace',
    load: () => import('./audit/auditPage.tsx'),
  },
  {
    path: '/workspaces',
    title: 'Workspaces',
    section: 'Administer',
    icon: IconBuildings,
    audience: 'operator',
    load: () => import('./workspaces/workspacesPage.tsx'),
  },
  {
    path: '/nodes',
    title: 'Nodes',
    section: 'Administer',
    icon: IconServer2,
    audience: 'operator',
    needsNodes: true,
    load: () => import('./nodes/nodesPage.tsx'),
  },
]

const audienceOf = ({ kind }: Pick<Session, 'kind'>): Page['audience'] =>
  kind === 'operator' ? 'operator' : 'workspace'

/** Whether the session can open a page. Its permissions are the page's own affair. */
export const isOpenTo = (
  session: Pick<Session, 'kind' | 'hasNodes'>,
  { audience, needsNodes = false }: Page,
): boolean => audience === audienceOf(session) && (session.hasNodes || !needsNodes)

export const homeOf = (session: Pick<Session, 'kind'>): string =>
  audienceOf(session) === 'operator' ? '/workspaces' : '/api'
