// The servers of DATABASE_URL as `tenantry doctor` sees them.

import type { Servers, ServersState } from '../../sql/servers/servers.ts'
import type { CheckResult } from './check.ts'

const describe = ({ servers }: ServersState): string =>
  servers.map(({ name, state }) => `${name} ${state}`).join(', ')

const UNCOMPARED =
  'Their system identifiers cannot be compared, because the login may not read pg_control_system(): check that ' +
  'each of them is a standby of the primary.'

/** After the primary was found. Null: DATABASE_URL has one host, which is taken as it is. */
export const judgeServers = ({
  isChecked,
  state,
}: Pick<Servers, 'isChecked' | 'state'>): CheckResult | null => {
  if (!isChecked) return null
  const found = state()
  const message = describe(found)
  const odd = found.servers.filter(({ state }) => state !== 'primary' && state !== 'standby')
  if (odd.length > 0)
    return {
      status: 'warning',
      message: `${message}.`,
      advice:
        'Without a standby, no server takes over when the primary fails. Start it, or correct DATABASE_URL.',
    }
  const isCompared = found.servers.every(({ isIdentified }) => isIdentified)
  return { status: 'ok', message: isCompared ? message : `${message}. ${UNCOMPARED}` }
}
