// Commands about a running gateway. They open no database.

import { Refusal } from '../../tenants/refusal.ts'
import type { Config } from '../config.ts'
import { localUrl, reachable } from '../demo/address.ts'
import { request } from '../http/nodeHttp.ts'
import type { LocalCommand } from './command.ts'
import { printable } from './table.ts'

const ANSWER_WITHIN_MS = 2_500

const probeOf = ({ host, port, adminHost, adminPort }: Config) =>
  adminPort === null
    ? { host: reachable(host), port, path: '/healthz' }
    : { host: reachable(adminHost), port: adminPort, path: '/live' }

const statusAt = (target: ReturnType<typeof probeOf>): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request({ ...target, timeout: ANSWER_WITHIN_MS }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)))
    sent.on('error', reject)
    sent.end()
  })

const healthcheck: LocalCommand = {
  summary: 'Check that the configured gateway is alive, for HEALTHCHECK in container images',
  arguments: [],
  isLocal: true,
  run: async (config) => {
    const target = probeOf(config)
    const url = localUrl(target.host, target.port) + target.path
    const status = await statusAt(target).catch((error: Error) => {
      throw new Refusal('CONFLICT', `${url} does not respond: ${error.message}.`)
    })
    if (status !== 200) throw new Refusal('CONFLICT', `${url} returned ${status}.`)
    return { json: { url, status }, text: `${url} returned ${status}` }
  },
}

const MARKS = { ok: 'ok', warning: 'WARNING', fault: 'FAULT' } as const

const doctor: LocalCommand = {
  summary: 'Check the database, privileges, keys, Redis and disk, and recommend fixes; changes nothing',
  arguments: [],
  isLocal: true,
  run: async (config) => {
    const { diagnose } = await import('../doctor/doctor.ts')
    const findings = await diagnose(config)
    const lines = findings.flatMap(({ check, status, message, advice }) => [
      `${MARKS[status].padEnd(7)}  ${check}: ${printable(message)}`,
      ...(advice === undefined ? [] : [`${' '.repeat(9)}${advice}`]),
    ])
    return {
      json: findings,
      text: lines.join('\n'),
      hasFailed: findings.some(({ status }) => status === 'fault'),
    }
  },
}

export const PROCESS_COMMANDS: readonly (readonly [string, LocalCommand])[] = [
  ['healthcheck', healthcheck],
  ['doctor', doctor],
]
