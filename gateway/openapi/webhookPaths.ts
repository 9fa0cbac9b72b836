// Webhooks over REST, as path items of metadata/webhooks/restWebhooks.ts.

import { type AccessScope, operation, UUID, wholeList } from './accessPaths.ts'
import { leafProperties } from './graphqlTypes.ts'
import { inputBody, keyParameter, outputType } from './nodes.ts'
import { objectOf, wholeObjectOf } from './schema.ts'

export const webhookPaths = (scope: AccessScope): Readonly<Record<string, unknown>> => {
  const { components, schema } = scope
  const webhook = components.share(
    'Webhook',
    wholeObjectOf(leafProperties(components, outputType(schema, 'Webhook'))),
  )
  const attempt = components.share(
    'WebhookAttempt',
    objectOf(leafProperties(components, outputType(schema, 'WebhookAttempt')), ['at', 'ms']),
  )
  const example = { targetUrl: 'https://hooks.example.com/', operations: ['company.created'] }
  return {
    '/webhooks': {
      get: operation('webhooks', wholeList(scope, webhook), {
        operationId: 'findManyWebhooks',
        summary: 'Find webhooks',
      }),
      post: operation('webhooks', webhook, {
        operationId: 'createOneWebhook',
        summary: 'Create one webhook; the answer holds its secret',
        status: 201,
        canConflict: true,
        requestBody: inputBody(scope, 'CreateWebhookInput', example),
      }),
    },
    '/webhooks/{id}': {
      parameters: keyParameter('Id of the webhook.', UUID),
      get: operation('webhooks', webhook, {
        operationId: 'findOneWebhook',
        summary: 'Find one webhook',
      }),
      patch: operation('webhooks', webhook, {
        operationId: 'updateOneWebhook',
        summary: 'Change one webhook',
        canConflict: true,
        requestBody: inputBody(scope, 'UpdateWebhookInputUpdates', { status: 'PAUSED' }),
      }),
      delete: operation(
        'webhooks',
        { type: 'boolean' },
        {
          operationId: 'deleteOneWebhook',
          summary: 'Delete one webhook',
        },
      ),
    },
    '/webhooks/{id}/test': {
      parameters: keyParameter('Id of the webhook.', UUID),
      post: operation('webhooks', attempt, {
        operationId: 'testWebhook',
        summary: 'Send a test event, and answer how it went',
      }),
    },
  }
}
