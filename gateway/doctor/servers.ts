// The servers of DATABASE_URL as `tenantry doctor` sees them.

import type { Servers, ServersState } from '../../sql/servers/servers.ts'
import type { CheckResult } from './check.ts'

const describe = ({ servers }: ServersState): string =>
  servers.map(({ name, state }) => `${name} ${state}`).join(', ')

/** After the primary was found. Null: DATABASE_URL has one host, which is taken as it is. */
export const judgeServers = ({ isChecked, state }: Servers): CheckResult | null => {
  if (!isChecked) return null
  const found = state()
  const odd = found.servers.filter(({ state }) => state !== 'primary' && state !== 'standby')
  return odd.length === 0
    ? { status: 'ok', message: describe(found) }
    : {
        status: 'warning',
        message: `${describe(found)}.`,
        advice:
          'Without a standby nothing takes over when the primary fails. Start it, or correct DATABASE_URL.',
      }
}
