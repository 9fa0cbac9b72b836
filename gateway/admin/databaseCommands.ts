// Commands about the database itself, for use with other tools.

import { Refusal } from '../../tenants/refusal.ts'
import type { Command } from './command.ts'

const url: Command = {
  summary: "Print the owner's URL of the database, for psql and pg_dump; it contains the password",
  arguments: [],
  run: async ({ lastingUrl }) => {
    if (lastingUrl === null)
      throw new Refusal('CONFLICT', 'The embedded Postgres runs only while a gateway runs.', {
        hint: 'Start it with `npm start`, then repeat the command.',
      })
    return { json: { url: lastingUrl }, text: lastingUrl }
  },
}

export const DATABASE_COMMANDS: readonly (readonly [string, Command])[] = [['database url', url]]
