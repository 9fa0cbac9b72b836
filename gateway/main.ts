// `npm start`.

import { environment } from './environment.ts'

const { runGateway } = await import('./process.ts')
await runGateway(environment)
