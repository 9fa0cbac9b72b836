// The command about the usage of all workspaces, for bills.

import { pageOfUsage, usageCsv, usagePeriod } from '../../../tenants/quota/usageDays.ts'
import type { Command, CommandOutput } from '../command.ts'
import { answerList, LIST_OPTIONS } from '../listOptions.ts'

const shown = (value: number | null): string => (value === null ? '' : String(Math.round(value)))

const usage: Command = {
  summary: 'Print the usage of workspaces over some days: requests, records, bytes',
  arguments: [],
  options: {
    from: { type: 'string', value: 'day', meaning: 'First day (UTC); default: the first of this month' },
    to: { type: 'string', value: 'day', meaning: 'The day after the last one; default: tomorrow' },
    csv: { type: 'boolean', meaning: 'Print comma-separated values' },
    ...LIST_OPTIONS,
  },
  run: async ({ pool }, input): Promise<CommandOutput> => {
    const period = usagePeriod(input.text('from'), input.text('to'), new Date())
    const items: Parameters<typeof usageCsv>[0][number][] = []
    const answer = await answerList(
      input,
      async (page) => {
        const found = await pageOfUsage(pool, period, page)
        items.push(...found.items)
        return found
      },
      ['SUBDOMAIN', 'REQUESTS', 'REFUSED', 'FAILED', 'RECORDS', 'BYTES', 'ID'],
      ({ subdomain, requests, refused, failed, records, bytes, id }) => [
        subdomain,
        ...[requests, refused, failed, records, bytes].map(shown),
        id,
      ],
    )
    return input.isSet('csv') ? { ...answer, text: usageCsv(items).trimEnd() } : answer
  },
}

export const USAGE_COMMANDS: readonly (readonly [string, Command])[] = [['usage', usage]]
