// The environment of the process, which is read nowhere else. Entry points import this first and everything
// else dynamically: what is set here holds from then on.

import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Grafast and PostGraphile look at these when they are loaded: without them every request is checked as in
// development, at several times its cost.
process.env.NODE_ENV ??= 'production'
process.env.GRAPHILE_ENV ??= 'production'

// Node keeps what it compiles beside the dependencies, where no stranger may write: later starts take a third
// less of the processor. Where that directory cannot be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/tenantry', import.meta.url)))

export const environment: Readonly<Record<string, string | undefined>> = process.env
