// Paths of the metadata API over REST, with their methods, in the order of the route table. The handlers are
// loaded when a request first needs one of them (metadata.ts).

import type { Method } from '../http/context.ts'
import type { Paths } from '../http/surface.ts'

export const METADATA_ROOT = '/rest/metadata'

const LIST: readonly Method[] = ['GET', 'POST']
const ONE: readonly Method[] = ['GET', 'PATCH', 'DELETE']
/** Every path below another one: a refusal. */
const BELOW = '{...}'

const below = (root: string, paths: Paths): Paths =>
  Object.fromEntries(Object.entries(paths).map(([path, methods]) => [root + path, methods]))

const KEYS: Paths = { '/apiKeys': LIST, '/apiKeys/{id}': ONE, '/apiKeys/{id}/token': ['POST'] }

const ROLES: Paths = {
  '/roles': LIST,
  '/roles/{id}': ONE,
  '/roles/{id}/objectPermissions': ['PUT'],
  '/roles/{id}/fieldPermissions': ['PUT'],
  '/roles/{id}/permissionFlags': ['PUT'],
  '/roles/{id}/rowLevelPermissionPredicates': ['PUT'],
}

const WEBHOOKS: Paths = {
  '/webhooks': LIST,
  '/webhooks/sample': ['POST'],
  '/webhooks/{id}': ONE,
  '/webhooks/{id}/secret': ['POST'],
  '/webhooks/{id}/test': ['POST'],
  '/webhooks/{id}/replay': ['POST'],
  '/webhooks/{id}/sample': ['POST'],
}

const refused = (...collections: readonly string[]): Paths =>
  Object.fromEntries(collections.map((name) => [`${name}/${BELOW}`, []]))

export const METADATA_PATHS: Paths = {
  ...below(METADATA_ROOT, {
    '/objects': LIST,
    '/objects/{id}': ONE,
    '/fields': LIST,
    '/fields/{id}': ONE,
    '/fields/{id}/build': ['POST'],
    ...refused('/objects', '/fields'),
    ...KEYS,
    ...ROLES,
    ...WEBHOOKS,
  }),
  // Older addresses.
  ...below('/rest', { ...KEYS, ...WEBHOOKS }),
  ...below(METADATA_ROOT, refused('/apiKeys/{id}', '/roles/{id}', '/webhooks/{id}')),
  ...below('/rest', refused('/apiKeys/{id}', '/webhooks/{id}')),
  ...below(METADATA_ROOT, {
    '/model': ['GET'],
    '/model/diff': ['POST'],
    '/model/apply': ['POST'],
    ...refused('/model'),
    '/changeLog': ['GET'],
    '/changeLog/{object}': ['GET', 'PATCH'],
    // Any other collection.
    [`/${BELOW}`]: [],
  }),
}
