#!/usr/bin/env node
// Starts the command line (gateway/admin/cli.ts) with the Node that this project pins, whatever Node runs this file: plain
// JavaScript that old ones read too. Arguments, terminal, signals and the exit code pass through.

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const node = join(dirname(require.resolve('node/package.json')), 'bin', 'node')
const cli = fileURLToPath(new URL('../gateway/admin/cli.ts', import.meta.url))

const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' })

// A terminal sends Ctrl-C to both of us; we end when the command has.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))

child.on('error', (error) => {
  console.error(`tenantry: ${node} cannot be started (${error.message}). Run \`npm ci\` first.`)
  process.exitCode = 1
})
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
})
