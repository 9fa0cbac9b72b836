// Webhooks over REST, by method and path.

import { type AccessActions, pageRequest } from '../access/restAccess.ts'
import { type ReadInput, withoutOwnId, withProperty } from '../model/restBody.ts'
import type { DeliveryActions, ReplayInput } from './deliveries.ts'
import type { CreateWebhookInput, UpdateWebhookInput } from './input.ts'
import type { SampleActions, SampleInput } from './samples.ts'
import type { RotateSecretInput, WebhookActions } from './webhooks.ts'

export const createRestWebhooks = (
  webhooks: WebhookActions,
  deliveries: DeliveryActions,
  samples: SampleActions,
  inputOf: ReadInput,
): AccessActions => ({
  'GET webhooks': async (call) => ({
    status: 200,
    page: await webhooks.list(call.requestContext, pageRequest(call)),
  }),
  'POST webhooks': async ({ requestContext, body }) => {
    const input = await inputOf<CreateWebhookInput>('CreateWebhookInput', await body())
    return { status: 201, body: await webhooks.create(requestContext, input) }
  },
  // Before the pattern that it matches.
  'POST webhooks/sample': async ({ requestContext, body }) => {
    const input = await inputOf<SampleInput>('WebhookSampleInput', await body())
    return { status: 200, body: await samples.sample(requestContext, input) }
  },
  'GET webhooks/{id}': async ({ requestContext, id }) => ({
    status: 200,
    body: await webhooks.find(requestContext, id),
  }),
  'PATCH webhooks/{id}': async ({ requestContext, id, body }) => {
    const given = withoutOwnId(await body(), id)
    const update = await inputOf<UpdateWebhookInput>('UpdateWebhookInputUpdates', given)
    return { status: 200, body: await webhooks.update(requestContext, id, update) }
  },
  'POST webhooks/{id}/secret': async ({ requestContext, id, body }) => {
    const given = withProperty(await body(), 'id', id)
    const input = await inputOf<RotateSecretInput>('RotateWebhookSecretInput', given)
    return { status: 200, body: await webhooks.rotateSecret(requestContext, input) }
  },
  'POST webhooks/{id}/test': async ({ requestContext, id }) => ({
    status: 200,
    body: await webhooks.test(requestContext, id),
  }),
  'POST webhooks/{id}/replay': async ({ requestContext, id, body }) => {
    const given = withProperty(await body(), 'id', id)
    const input = await inputOf<ReplayInput>('ReplayWebhookInput', given)
    return { status: 200, body: await deliveries.replay(requestContext, input) }
  },
  'POST webhooks/{id}/sample': async ({ requestContext, id, body }) => {
    const given = withProperty(await body(), 'id', id)
    const input = await inputOf<SampleInput>('WebhookSampleInput', given)
    return { status: 200, body: await samples.sample(requestContext, input) }
  },
  'DELETE webhooks/{id}': async ({ requestContext, id }) => {
    await webhooks.delete(requestContext, id)
    return { status: 200, body: true }
  },
})
