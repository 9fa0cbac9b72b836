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
        summary: 'Send the changes from a period again',
        description:
          'Queues the logged changes from the period, with the current settings of the webhook; at most 10,000 per call.',
        canConflict: true,
        requestBody: inputBody(scope, 'ReplayWebhookInput', { from: '2030-01-01T00:00:00Z' }, ['id']),
      }),
    },
    '/webhooks/{id}/secret': {
      parameters: keyParameter('Id of the webhook.', UUID),
      post: operation('webhooks', webhook, {
        operationId: 'rotateWebhookSecret',
        summary: 'Rotate the secret and return the new one',
        description:
          'For 24 hours requests are signed with both secrets, so that receivers can change theirs.',
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
        summary: 'Send a test event and return the result',
        description: 'Sends `webhook.test` immediately, and returns the status or the error of the receiver.',
      }),
    },
  }
}

/** What a webhook would send. */
const samplePaths = (scope: AccessScope): Readonly<Record<string, unknown>> => {
  const { components, schema } = scope
  const sample = components.share(
    'WebhookSample',
    wholeObjectOf(leafProperties(components, outputType(schema, 'WebhookSample'))),
  )
  const example = { operation: 'company.updated' }
  return {
    '/webhooks/sample': {
      post: operation('webhooks', sample, {
        operationId: 'sampleNewWebhook',
        summary: 'Show a sample request of a webhook that does not exist yet',
        description:
          'Returns body and headers, made from the newest record that its role may read or from the data model. Nothing is sent.',
        requestBody: inputBody(scope, 'WebhookSampleInput', example, ['id']),
      }),
    },
    '/webhooks/{id}/sample': {
      parameters: keyParameter('Id of the webhook.', UUID),
      post: operation('webhooks', sample, {
        operationId: 'sampleWebhook',
        summary: 'Show a sample request of a webhook',
        description:
          'Returns body and headers, made from the newest record that its role may read or from the data model. Nothing is sent.',
        requestBody: inputBody(scope, 'WebhookSampleInput', example, ['id']),
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
        description: 'Returns the webhooks of the workspace, oldest first. Secrets are masked.',
        parameters: ['pageLimit', 'afterItem', 'searchedName'],
      }),
      post: operation('webhooks', webhook, {
        operationId: 'createOneWebhook',
        summary: 'Create one webhook and return its secret',
        description: 'The webhook has the permissions of the role of the caller, or of the one in `roleId`.',
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
        description: 'Returns the webhook with its state and the reason for it. The secret is masked.',
      }),
      patch: operation('webhooks', webhook, {
        operationId: 'updateOneWebhook',
        summary: 'Change one webhook',
        description:
          'Changes the given properties. The caller who resumes a webhook becomes responsible for it.',
        canConflict: true,
        requestBody: inputBody(scope, 'UpdateWebhookInputUpdates', { status: 'PAUSED' }),
      }),
      delete: operation(
        'webhooks',
        { type: 'boolean' },
        {
          operationId: 'deleteOneWebhook',
          summary: 'Delete one webhook',
          description: 'Deletes the webhook and its deliveries. Waiting deliveries are not sent.',
        },
      ),
    },
    ...actionPaths(scope, webhook),
    ...samplePaths(scope),
  }
}
