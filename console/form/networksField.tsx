// Input for the networks that a key or a role may be used from, with the address that the gateway sees.

import { Anchor, Text, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useApi } from '../session/provider.tsx'
import { readSession } from '../session/session.ts'
import { networkFault, networksIn } from './networks.ts'

interface NetworksFieldProps {
  /** Lines of the input. */
  readonly value?: readonly string[]
  readonly onChange: (lines: readonly string[]) => void
  readonly description: string
  readonly disabled?: boolean
}

/** Networks change with the place of a laptop, so the address is asked for each time. */
const useAddress = (): string | null => {
  const api = useApi()
  const session = useQuery({ queryKey: ['address'], queryFn: () => readSession(api), staleTime: 0 })
  return session.data?.address ?? null
}

export const NetworksField = ({
  value = [],
  onChange,
  description,
  disabled = false,
}: NetworksFieldProps) => {
  const address = useAddress()
  const isListed = networksIn(value).some((network) => network.replace(/\/(?:32|128)$/, '') === address)
  const add = () => onChange([...value.filter((line) => line.trim() !== ''), address ?? ''])
  return (
    <div>
      <Textarea
        label="Allowed networks"
        description={description}
        placeholder={'203.0.113.0/24\n2001:db8::/32'}
        autosize
        minRows={2}
        maxRows={8}
        autoComplete="off"
        spellCheck={false}
        disabled={disabled}
        error={networkFault(value)}
        value={value.join('\n')}
        onChange={(event) =>
          onChange(event.currentTarget.value === '' ? [] : event.currentTarget.value.split('\n'))
        }
      />
      {address === null ? null : (
        <Text size="sm" c="dimmed" mt={4}>
          The gateway sees your address as {address}.{' '}
          {isListed || disabled ? null : (
            <Anchor component="button" type="button" inherit onClick={add}>
              Add this address
            </Anchor>
          )}
        </Text>
      )}
    </div>
  )
}
