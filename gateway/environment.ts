// The environment of the process, read only here. Entry points import this first and everything else
// dynamically, so that the settings below take effect before other modules load.

import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Grafast and PostGraphile read these when they are loaded: without them every request is checked as in
// development, at several times its cost.
process.env.NODE_ENV ??= 'production'
process.env.GRAPHILE_ENV ??= 'production'

// Node's compile cache is next to the dependencies, where no other user can write: later starts use a third
// less CPU. Skipped if that directory is not writable.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/tenantry', import.meta.url)))

export const environment: Readonly<Record<string, string | undefined>> = process.env
