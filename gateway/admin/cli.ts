// The command line's entry, started by bin/tenantry.js.

import { environment } from '../environment.ts'

const { runInTerminal } = await import('./terminal.ts')
await runInTerminal(environment, process.argv.slice(2))
