#!/usr/bin/env node
// The command `tenantry`: `tenantry start` runs the gateway, every other word is a command of
// gateway/admin/cli.ts. They run in the Node that this package pins; without that package, in the Node that
// runs this file, if it is new enough. Plain JavaScript that old versions of Node can read.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import * as module from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const LEAST_MAJOR = 24

const self = fileURLToPath(import.meta.url)
const words = process.argv.slice(2)

/** The `node` package downloads its program in an install script, which npm may have been told not to run. */
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
  // Node strips no types below node_modules, so a packed package holds JavaScript (`prepack`).
  const extension = /[\\/]node_modules[\\/]/.test(self) ? 'js' : 'ts'
  // Before the first TypeScript is loaded: with what is kept, Node need not even load what strips types.
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/tenantry', import.meta.url)))
  return import(new URL(`../gateway/${isStart ? 'main' : 'admin/cli'}.${extension}`, import.meta.url).href)
}

const runIn = (program) => {
  const child = spawn(program, [self, ...words], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to both processes; this one ends when the command has.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
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
