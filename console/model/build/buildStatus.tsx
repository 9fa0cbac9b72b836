// What is still built for a field or an index: its state, why it waits or has failed, and a button to try
// again.

import { Badge, Button, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useApi } from '../../session/provider.tsx'
import { RetryBuild } from '../modelChanges.graphql.ts'
import { MODEL_KEY } from '../objectQueries.ts'
import { useMayChangeModel } from '../permission.tsx'
import { type Built, buildText } from './buildText.ts'

interface BuildStatusProps {
  readonly id: string
  /** Of the field or the index. */
  readonly name: string
  readonly built: Built & { readonly buildError: string | null }
}

/** Nothing once it is ready. */
export const BuildStatus = ({ id, name, built }: BuildStatusProps) => {
  const api = useApi()
  const mayChange = useMayChangeModel()
  const { mutate, isPending } = useMutation({
    mutationFn: () => api.metadata(RetryBuild, { id }),
    meta: { stale: [[MODEL_KEY]], done: () => `The build of ${name} is tried again.` },
  })
  const text = buildText(built)
  if (text === null) return null
  const isFailed = built.buildState === 'failed'
  return (
    <Stack gap={4} align="flex-start">
      <Badge variant="light" color={isFailed ? 'red' : 'yellow'} tt="none">
        {text}
      </Badge>
      {built.buildError === null ? null : <Text size="sm">{built.buildError}</Text>}
      {isFailed ? (
        <Button
          size="compact-sm"
          variant="default"
          disabled={!mayChange}
          loading={isPending}
          aria-label={`Retry the build of ${name}`}
          onClick={() => mutate()}
        >
          Retry build
        </Button>
      ) : null}
    </Stack>
  )
}
