#!/usr/bin/env node
// The `tenantry` command: `tenantry start` runs the gateway, other subcommands are in gateway/admin/cli.ts.
// They run in the Node that this package pins; if that package is missing, in the Node that runs this file,
// provided it is recent enough. Plain JavaScript that old versions of Node can parse.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import * as module from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const LEAST_MAJOR = 24
/**
 * Megabytes of V8's young generation. With its default of 32 the process keeps 100 MB more, measured after
 * 13,000 distinct documents; with 8 it keeps 50 MB less, and a batch takes a tenth more of CPU time.
 * package.json and the Dockerfile have it as well.
 */
const FLAGS = ['--max-semi-space-size=16']

const self = fileURLToPath(import.meta.url)
const words = process.argv.slice(2)

/** The `node` package downloads its binary in an install script, which npm may be configured to skip. */
const findPinned = () => {
  try {
    const manifest = module.createRequire(import.meta.url).resolve('node/package.json')
    const program = join(dirname(manifest), 'bin', 'node')
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
    return existsSync(program) ? { program, version: `v${version}` } : null
  } catch {
    return null
  }
}

const runHere = () => {
  const isStart = words.length === 1 && words[0] === 'start'
  // Node strips no types below node_modules, so a packed package contains JavaScript (`prepack`).
  const extension = /[\\/]node_modules[\\/]/.test(self) ? 'js' : 'ts'
  // Enable before the first TypeScript import: with a warm cache, Node does not even load its type stripper.
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/tenantry', import.meta.url)))
  return import(new URL(`../gateway/${isStart ? 'main' : 'admin/cli'}.${extension}`, import.meta.url).href)
}

const runIn = (program) => {
  const child = spawn(program, [...FLAGS, self, ...words], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to both processes; this one exits after the child.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`tenantry: ${program} cannot be started (${error.message}). Run \`npm ci\` first.`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
  })
}

const pinned = findPinned()
if (pinned !== null && pinned.version !== process.version) runIn(pinned.program)
else if (Number.parseInt(process.versions.node, 10) >= LEAST_MAJOR) await runHere()
else {
  console.error(
    `tenantry: needs Node ${LEAST_MAJOR} or newer, and this is ${process.version}. Run it with a newer Node, or install the package ` +
      '`node` with its install script, which brings one.',
  )
  process.exitCode = 1
}
