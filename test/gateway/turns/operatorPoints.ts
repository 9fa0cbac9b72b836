// Requests of the operator API.

import type { Answer } from '../../support/gateway.ts'
import { type EntryPoint, idOf, keeping, type World } from './world.ts'

const asked =
  (method: string, path: string | ((world: World) => string), body?: (world: World) => unknown) =>
  ({ operator, ...world }: World): Promise<Answer> =>
    operator(
      method,
      typeof path === 'string' ? path : path({ operator, ...world }),
      body?.({ operator, ...world }),
    )

const own =
  (path: string) =>
  ({ client }: World): string =>
    `workspaces/${client.workspace.id}${path}`

const W = '/admin/workspaces/{id}'

const WORKSPACE_POINTS: readonly EntryPoint[] = [
  { route: 'GET /admin/workspaces', ask: asked('GET', 'workspaces') },
  {
    route: 'POST /admin/workspaces',
    ask: (world) =>
      keeping(
        world,
        'workspace',
        'id',
        world.operator('POST', 'workspaces', { name: 'Made', standardObjects: false }),
      ),
  },
  ...['suspend', 'resume'].map(
    (verb): EntryPoint => ({
      route: `POST ${W}/${verb}`,
      ask: asked('POST', (world) => `workspaces/${idOf(world, 'workspace')}/${verb}`),
    }),
  ),
  { route: `DELETE ${W}`, ask: asked('DELETE', (world) => `workspaces/${idOf(world, 'workspace')}`) },
  {
    route: `POST ${W}/restore`,
    ask: asked('POST', (world) => `workspaces/${idOf(world, 'workspace')}/restore`),
  },
  ...['', '/limits', '/settings', '/size', '/members', '/keys', '/roles'].map(
    (path): EntryPoint => ({ route: `GET ${W}${path}`, ask: asked('GET', own(path)) }),
  ),
  {
    route: `PATCH ${W}/limits`,
    ask: asked('PATCH', own('/limits'), () => ({ keyRateLimitPerMinute: 9_999 })),
  },
  { route: `PATCH ${W}/settings`, ask: asked('PATCH', own('/settings'), () => ({ countMode: 'exact' })) },
  {
    route: `POST ${W}/members`,
    ask: (world) =>
      keeping(
        world,
        'member',
        'id',
        world.operator('POST', own('/members')(world), { firstName: 'Ada', lastName: 'L', role: 'Admin' }),
      ),
  },
  ...['sign-in-links', 'impersonation-links'].map(
    (links): EntryPoint => ({
      route: `POST ${W}/${links}`,
      // Not allowed by the workspace.
      ...(links === 'impersonation-links' ? { status: 403 } : {}),
      ask: asked('POST', own(`/${links}`), (world) => ({ workspaceMemberId: idOf(world, 'member') })),
    }),
  ),
  {
    route: `DELETE ${W}/members/{part}`,
    // The last administrator.
    status: 403,
    ask: asked('DELETE', (world) => own(`/members/${idOf(world, 'member')}`)(world)),
  },
  {
    route: `POST ${W}/explain`,
    what: 'REST',
    isCold: true,
    ask: asked('POST', own('/explain'), () => ({ request: { path: '/rest/thing1s?limit=5&depth=1' } })),
  },
  {
    route: `POST ${W}/explain`,
    what: 'GraphQL',
    isCold: true,
    ask: asked('POST', own('/explain'), () => ({ query: '{ thing1s { edges { node { id } } } }' })),
  },
]

/** Of a cluster. */
const NODE_POINTS: readonly EntryPoint[] = [
  { route: 'GET /admin/nodes', status: 409, ask: asked('GET', 'nodes') },
  ...['nodes/prepare', 'nodes/rebalance', 'nodes/drain'].map(
    (path): EntryPoint => ({
      route: `POST /admin/${path}`,
      status: 409,
      ask: asked('POST', path, () => (path === 'nodes/drain' ? { node: 'none' } : {})),
    }),
  ),
  { route: `POST ${W}/move`, status: 409, ask: asked('POST', own('/move'), () => ({ node: 'none' })) },
]

const webhook =
  (path = '') =>
  (world: World): string =>
    `webhooks/${idOf(world, 'host webhook')}${path}`

const WEBHOOK_POINTS: readonly EntryPoint[] = [
  {
    route: 'POST /admin/webhooks',
    ask: (world) =>
      keeping(
        world,
        'host webhook',
        'id',
        world.operator('POST', 'webhooks', { targetUrl: world.targetUrl, operations: ['*.*'] }),
      ),
  },
  { route: 'GET /admin/webhooks', ask: asked('GET', 'webhooks') },
  { route: 'GET /admin/webhooks/{id}', ask: asked('GET', webhook()) },
  {
    route: 'PATCH /admin/webhooks/{id}',
    ask: asked('PATCH', webhook(), () => ({ description: 'Described' })),
  },
  {
    route: 'POST /admin/webhooks/sample',
    isCold: true,
    ask: asked('POST', 'webhooks/sample', ({ client }) => ({
      ...{ operation: 'thing1.created', workspace: client.workspace.id },
    })),
  },
  {
    route: 'POST /admin/webhooks/{id}/sample',
    ask: asked('POST', webhook('/sample'), ({ client }) => ({
      ...{ operation: 'thing1.created', workspace: client.workspace.id },
    })),
  },
  { route: 'POST /admin/webhooks/{id}/secret', ask: asked('POST', webhook('/secret'), () => ({})) },
  { route: 'POST /admin/webhooks/{id}/test', ask: asked('POST', webhook('/test'), () => ({})) },
  { route: 'POST /admin/webhooks/{id}/replay', ask: asked('POST', webhook('/replay'), () => ({})) },
  { route: 'GET /admin/webhooks/{id}/deliveries', ask: asked('GET', webhook('/deliveries')) },
  {
    route: 'POST /admin/webhooks/{id}/deliveries/{part}/redeliver',
    status: 404,
    ask: asked('POST', webhook('/deliveries/1/redeliver'), () => ({})),
  },
  { route: 'DELETE /admin/webhooks/{id}', ask: asked('DELETE', webhook()) },
]

const SERVER_POINTS: readonly EntryPoint[] = [
  ...['caches', 'audit', 'usage', 'top', 'statements', 'changes'].map(
    (path): EntryPoint => ({ route: `GET /admin/${path}`, ask: asked('GET', path) }),
  ),
  {
    route: 'GET /admin/changes/stream',
    ask: async ({ url, secret }) => {
      const response = await fetch(`${url}/admin/changes/stream`, {
        headers: { authorization: `Bearer ${secret}` },
      })
      await response.body?.cancel()
      return { status: response.status, headers: response.headers, text: '', body: null }
    },
  },
  {
    route: 'POST /admin/statements/cancel',
    status: 400,
    ask: asked('POST', 'statements/cancel', () => ({})),
  },
  { route: 'POST /admin/reload', ask: asked('POST', 'reload') },
]

export const OPERATOR_POINTS: readonly EntryPoint[] = [
  ...WORKSPACE_POINTS,
  ...NODE_POINTS,
  ...WEBHOOK_POINTS,
  ...SERVER_POINTS,
]
