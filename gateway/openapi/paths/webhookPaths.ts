// Webhooks over REST, as path items of metadata/webhooks/restWebhooks.ts.

import { leafProperties } from '../graphqlTypes.ts'
import { inputBody, keyParameter, outputType } from '../nodes.ts'
import { objectOf, type Schema, wholeObjectOf } from '../schema.ts'
import { type AccessScope, operation, UUID, wholeList } from './accessPaths.ts'

/** What a webhook is asked to do. */
const actionPaths = (scope: AccessScope, webhook: Schema): Readonly<Record<string, unknown>> => {
  const { components, schema } = scope
  const attempt = components.share(
    'WebhookAttempt',
    objectOf(leafProperties(components, outputType(schema, 'WebhookAttempt')), ['at', 'ms']),
  )
  const replay = components.share(
    'WebhookReplay',
    wholeObjectOf(leafProperties(components, outputType(schema, 'WebhookReplay'))),
  )
  return {
    '/webhooks/{id}/replay': {
      parameters: keyParameter('Id of the webhook.', UUID),
      post: operation('webhooks', replay, {
        operationId: 'replayWebhook',
        summary: 'Send the changes of a period again',
        canConflict: true,
        requestBody: inputBody(scope, 'ReplayWebhookInput', { from: '2030-01-01T00:00:00Z' }, ['id']),
      }),
    },
    '/webhooks/{id}/secret': {
      parameters: keyParameter('Id of the webhook.', UUID),
      post: operation('webhooks', webhook, {
        operationId: 'rotateWebhookSecret',
        summary: 'Rotate the secret; the answer holds the new one',
        canConflict: true,
        requestBody: inputBody(scope, 'RotateWebhookSecretInput', { activateAt: '2030-01-01T00:00:00Z' }, [
          'id',
        ]),
      }),
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

export const webhookPaths = (scope: AccessScope): Readonly<Record<string, unknown>> => {
  const { components, schema } = scope
  const webhook = components.share(
    'Webhook',
    wholeObjectOf(leafProperties(components, outputType(schema, 'Webhook'))),
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
    ...actionPaths(scope, webhook),
  }
}
