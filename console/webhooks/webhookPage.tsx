// The page of one webhook: settings, health and deliveries.

import { Alert, Button, Code, Group, Stack } from '@mantine/core'
import { IconAlertTriangle, IconWebhook } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link, useLocation, useParams } from 'wouter'
import { readKeyRoles } from '../keys/keyLists.ts'
import { KEY_ROLES_KEY } from '../keys/keys.ts'
import { NoPermission } from '../keys/noPermission.tsx'
import { ActionMenu } from '../parts/actionMenu.tsx'
import { BackLink } from '../parts/backLink.tsx'
import { DefinitionList } from '../parts/definitionList.tsx'
import { Missing } from '../parts/emptyState.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Panel } from '../parts/panel.tsx'
import { Query } from '../parts/query.tsx'
import { RelativeTime } from '../parts/relativeTime.tsx'
import { useApi, useSession } from '../session/provider.tsx'
import { DeliveriesTable } from './deliveriesTable.tsx'
import { Operations } from './operations.tsx'
import { StatusBadge, webhookStatusOf } from './statusBadge.tsx'
import { useWebhookActions } from './useWebhookActions.tsx'
import { readWebhooks, WEBHOOKS_KEY, type Webhook, webhookNameOf } from './webhooks.ts'

const LIST = '/api/webhooks'

const Failing = ({ webhook: { failures, failingSince, nextAttemptAt } }: { readonly webhook: Webhook }) => (
  <Alert
    color="red"
    icon={<IconAlertTriangle size={18} aria-hidden />}
    title={failures === 1 ? 'The last request failed.' : `The last ${failures} requests failed.`}
  >
    {failingSince === null ? null : (
      <>
        The first failed <RelativeTime at={failingSince} />.{' '}
      </>
    )}
    {nextAttemptAt === null ? (
      'Failed deliveries are tried again.'
    ) : (
      <>
        The next delivery is tried <RelativeTime at={nextAttemptAt} />; the others wait for its success.
      </>
    )}
  </Alert>
)

/** Why nothing is sent. */
const Stopped = ({ webhook: { status, statusReason } }: { readonly webhook: Webhook }) => (
  <Alert
    color={status === 'PAUSED' ? 'yellow' : 'red'}
    icon={<IconAlertTriangle size={18} aria-hidden />}
    title={statusReason ?? (status === 'PAUSED' ? 'Paused.' : 'Disabled.')}
  >
    {status === 'PAUSED'
      ? 'Changes are kept, and sent once you resume the webhook.'
      : 'Changes are not kept. Resume the webhook to receive later ones.'}
  </Alert>
)

const Health = ({ webhook }: { readonly webhook: Webhook }) => {
  if (webhook.status !== 'ACTIVE') return <Stopped webhook={webhook} />
  return webhook.failures === 0 ? null : <Failing webhook={webhook} />
}

const Names = ({ of: names }: { readonly of: readonly string[] }) => <Code>{names.join(', ')}</Code>

/** The settings that differ from their defaults. */
const recordSettingsOf = (webhook: Webhook): readonly (readonly [string, ReactNode])[] => {
  const { filter, changedFields, fields, includePrevious, ordered } = webhook
  return [
    ...(filter === null ? [] : [['Filter', <Code key="filter">{filter}</Code>] as const]),
    ...(changedFields === null
      ? []
      : [['Changed fields', <Names key="changed" of={changedFields} />] as const]),
    ...(fields === null ? [] : [['Fields to send', <Names key="fields" of={fields} />] as const]),
    ...(includePrevious ? [['Old values', 'Sent'] as const] : []),
    ...(ordered ? [['Order', 'Changes to a record are sent one after another'] as const] : []),
  ]
}

const Until = ({ at }: { readonly at: string }) => (
  <>
    Also signs requests, until <RelativeTime at={at} />
  </>
)

const View = ({ webhook }: { readonly webhook: Webhook }) => {
  const api = useApi()
  const [, navigate] = useLocation()
  const { actionsOf, dialog } = useWebhookActions(() => navigate(LIST))
  const roles = useQuery({ queryKey: [...KEY_ROLES_KEY, 'all'], queryFn: () => readKeyRoles(api) })
  const role = roles.data?.find(({ id }) => id === webhook.roleId)?.label
  return (
    <>
      <PageHeader
        title={webhookNameOf(webhook)}
        before={<BackLink href={LIST} label="Webhooks" />}
        text={
          <Group component="span" gap="xs">
            <StatusBadge status={webhookStatusOf(webhook)} />
          </Group>
        }
        actions={
          <ActionMenu label={`Actions for webhook ${webhookNameOf(webhook)}`} actions={actionsOf(webhook)} />
        }
      />
      <Stack gap="lg">
        <Health webhook={webhook} />
        <Panel title="Settings">
          <DefinitionList
            of={[
              ['URL', <Code key="url">{webhook.targetUrl}</Code>],
              ['Operations', <Operations key="operations" of={webhook.operations} />],
              ['Sees with role', webhook.roleId === null ? 'A deleted role' : (role ?? '–')],
              ...recordSettingsOf(webhook),
              ['Own changes', webhook.skipOwnChanges ? 'Skipped' : 'Sent'],
              ...(webhook.previousSecretUntil === null || new Date(webhook.previousSecretUntil) < new Date()
                ? []
                : ([['Earlier secret', <Until key="secret" at={webhook.previousSecretUntil} />]] as const)),
              ['Created', <RelativeTime key="created" at={webhook.createdAt} />],
            ]}
          />
        </Panel>
        <Panel title="Deliveries" text="Newest change first, with all attempts.">
          <DeliveriesTable webhookId={webhook.id} />
        </Panel>
      </Stack>
      {dialog}
    </>
  )
}

const Found = ({ id }: { readonly id: string }) => {
  const api = useApi()
  const webhooks = useQuery({ queryKey: WEBHOOKS_KEY, queryFn: () => readWebhooks(api) })
  return (
    <Query of={webhooks} rows={5}>
      {(all) => {
        const webhook = all.find((each) => each.id === id)
        return webhook === undefined ? (
          <Missing
            icon={<IconWebhook size={32} stroke={1.5} aria-hidden />}
            title="Webhook not found"
            text="It may have been deleted."
            action={
              <Button component={Link} href={LIST} variant="default">
                All webhooks
              </Button>
            }
          />
        ) : (
          <View key={id} webhook={webhook} />
        )
      }}
    </Query>
  )
}

const WebhookPage = () => {
  const { id } = useParams<{ readonly id: string }>()
  const { flags } = useSession()
  return flags.includes('API_KEYS_AND_WEBHOOKS') ? <Found id={id} /> : <NoPermission />
}

export default WebhookPage
