// One of several processes; primary.ts starts it.

import { environment } from '../environment.ts'

const { runProcess } = await import('./process.ts')
await runProcess(environment)
