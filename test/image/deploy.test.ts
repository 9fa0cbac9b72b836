// Compose file and Kubernetes manifests: every setting, port, secret and command they name exists.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { parse } from 'yaml'
import { COMMANDS } from '../../gateway/admin/run.ts'
import { readConfig } from '../../gateway/config.ts'
import { SETTINGS } from '../../gateway/settings.ts'
import { setupSql } from '../../sql/setup.ts'
import { stagesOf } from './dockerfile.ts'

const read = (path: string): string => readFileSync(path, 'utf8')

/** Variables that a setting reads; secrets also from the file that `…_FILE` names. */
const VARIABLES: ReadonlySet<string> = new Set(
  Object.values(SETTINGS).flatMap((setting) =>
    'isSecret' in setting ? [setting.variable, `${setting.variable}_FILE`] : [setting.variable],
  ),
)

type Environment = Readonly<Record<string, string>>

/** The settings as the gateway reads them, with something in place of each file. */
const settingsOf = (environment: Environment) => {
  const plain = Object.entries(environment).map(([name, value]) =>
    name.endsWith('_FILE')
      ? [name.slice(0, -'_FILE'.length), name.startsWith('DATABASE_URL') ? 'postgres://a/b' : 'x'.repeat(40)]
      : [name, value],
  )
  return readConfig(Object.fromEntries(plain))
}

/** Time that a gateway needs from SIGTERM to its end: the drain, ten seconds for requests, five to end. */
const stopSeconds = (environment: Environment): number => settingsOf(environment).drainDelaySeconds + 15

const secondsOf = (text: string): number => Number(/^(\d+)s$/.exec(text)?.[1])

interface Service {
  readonly image?: string
  readonly environment?: Readonly<Record<string, string | number>>
  readonly secrets?: readonly string[]
  readonly volumes?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly stop_grace_period?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
}

interface Compose {
  readonly services: Readonly<Record<'postgres' | 'redis' | 'gateway', Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}

const COMPOSE = read('docker-compose.yml')
const { services, secrets }: Compose = parse(COMPOSE)

test('Compose waits for healthy services, stops the gateway late enough, and confines it', (t) => {
  const { postgres, redis, gateway } = services
  for (const [name, service] of Object.entries({ postgres, redis })) {
    t.true((service.healthcheck?.test.length ?? 0) > 1, name)
    t.is(gateway.depends_on?.[name]?.condition, 'service_healthy')
  }
  const environment = Object.fromEntries(
    Object.entries(gateway.environment ?? {}).map(([name, value]) => [
      name,
      String(value).replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'),
    ]),
  )
  for (const name of Object.keys(environment)) t.true(VARIABLES.has(name), name)
  t.true(secondsOf(gateway.stop_grace_period ?? '') >= stopSeconds(environment))
  t.true(gateway.read_only)
  t.deepEqual(gateway.cap_drop, ['ALL'])
})

test('Compose has no password but those of files, which secrets.sh creates once', (t) => {
  t.notRegex(COMPOSE, /PASSWORD: |PASSWORD:-|SECRET_KEY: |DATABASE_URL: /)
  const mounted = Object.values(services).flatMap((service) => service.secrets ?? [])
  t.deepEqual([...new Set(mounted)].toSorted(), Object.keys(secrets).toSorted())
  for (const { environment = {}, secrets: own = [] } of Object.values(services))
    for (const [name, path] of Object.entries(environment))
      if (name.endsWith('_FILE')) t.true(own.includes(String(path).replace('/run/secrets/', '')), name)

  const directory = mkdtempSync(join(tmpdir(), 'tenantry-compose-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  cpSync('deploy/compose', join(directory, 'deploy/compose'), { recursive: true })
  const make = (): Environment => {
    execFileSync('sh', [join(directory, 'deploy/compose/secrets.sh')], { cwd: tmpdir() })
    const paths = Object.entries(secrets).map(([name, { file }]) => [name, join(directory, file)] as const)
    return Object.fromEntries(paths.map(([name, path]) => [name, read(path)]))
  }
  const made = make()
  t.deepEqual(make(), made)
  const { postgres_password, tenantry_password, secret_key = '', database_url = '' } = made
  t.is(new Set([postgres_password, tenantry_password, secret_key]).size, 3)
  t.notThrows(() => readConfig({ SECRET_KEY: secret_key, DATABASE_URL: database_url }))
  const { username, password, hostname, pathname } = new URL(database_url)
  t.deepEqual(
    [username, password, hostname, pathname],
    ['tenantry', tenantry_password, 'postgres', '/tenantry'],
  )
  t.is(statSync(join(directory, 'secrets')).mode & 0o777, 0o700)
})

test('the role of Compose is the one that setup-sql prints', (t) => {
  const script = read('deploy/compose/setup.sh')
  const statements = /<<'SQL'\n([\s\S]*?)\n\n\\set password/.exec(script)?.[1]
  t.is(statements, setupSql({ role: 'tenantry', database: 'tenantry' }))
  t.true(services.postgres.volumes?.some((volume) => volume.startsWith('./deploy/compose/setup.sh:')))
  t.true((statSync('deploy/compose/setup.sh').mode & 0o111) > 0)
})

test('the images are built on the Node that the package pins', (t) => {
  const { dependencies }: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
    read('package.json'),
  )
  const stages = stagesOf(read('Dockerfile'))
  const names = new Set(stages.map(({ name }) => name))
  const bases = new Set(stages.map(({ base }) => base).filter((base) => !names.has(base)))
  t.deepEqual([...bases], [`node:${dependencies.node}-slim`])
})

interface Container {
  readonly name: string
  readonly command?: readonly string[]
  readonly envFrom: readonly { readonly configMapRef: { readonly name: string } }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
  readonly securityContext: Readonly<Record<string, unknown>>
}

interface PodSpec {
  readonly terminationGracePeriodSeconds?: number
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly containers: readonly Container[]
  readonly volumes: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[]
}

interface Labelled {
  readonly metadata: { readonly name?: string; readonly labels: Readonly<Record<string, string>> }
}

interface Manifest extends Labelled {
  readonly kind: string
  readonly data: Environment
  // biome-ignore lint/suspicious/noExplicitAny: each kind has another one, which the tests look into.
  readonly spec: any
}

const FOLDER = 'deploy/kubernetes'
const files = readdirSync(FOLDER).filter((name) => name !== 'kustomization.yaml')
const manifests: readonly Manifest[] = files.map((name) => parse(read(join(FOLDER, name))))

const only = (kind: string): Manifest => {
  const found = manifests.filter((each) => each.kind === kind)
  const [manifest] = found
  if (manifest === undefined || found.length > 1) throw new Error(`${found.length} manifests are a ${kind}.`)
  return manifest
}

const config = only('ConfigMap')
const pods: readonly PodSpec[] = ['Deployment', 'Job'].map((kind) => only(kind).spec.template.spec)

test('Kustomize lists every manifest but the Job, and the Job runs a command that exists', (t) => {
  const { resources }: { readonly resources: readonly string[] } = parse(
    read(join(FOLDER, 'kustomization.yaml')),
  )
  t.deepEqual([...resources, 'migration-job.yaml'].toSorted(), files.toSorted())
  const { command = [] } = pods[1]?.containers[0] ?? {}
  t.deepEqual(command.slice(0, 2), ['node', 'bin/tenantry.js'])
  t.true(COMMANDS.has(command.slice(2).join(' ')))
})

test('the settings of Kubernetes exist, and every secret is mounted where they point', (t) => {
  for (const name of Object.keys(config.data)) t.true(VARIABLES.has(name), name)
  const settings = settingsOf(config.data)
  t.is(settings.adminHost, '0.0.0.0')
  for (const { containers, volumes } of pods) {
    for (const { envFrom, volumeMounts } of containers) {
      t.deepEqual(
        envFrom.map(({ configMapRef }) => configMapRef.name),
        [config.metadata.name ?? ''],
      )
      for (const { name } of volumeMounts)
        t.true(
          volumes.some((volume) => volume.name === name),
          name,
        )
      const secret = volumes.find((volume) => volume.secret !== undefined)
      const path = volumeMounts.find(({ name }) => name === secret?.name)?.mountPath
      for (const [name, value] of Object.entries(config.data))
        if (name.endsWith('_FILE')) t.true(value.startsWith(`${path}/`), name)
    }
  }
})

test('ports, labels and times of Kubernetes fit each other', (t) => {
  const deployment = only('Deployment')
  const pod = pods[0]
  const [container] = pod?.containers ?? []
  const ports = new Map(container?.ports?.map(({ name, containerPort }) => [name, containerPort]))
  t.deepEqual([ports.get('http'), ports.get('admin')].map(String), [config.data.PORT, config.data.ADMIN_PORT])
  const { spec: service } = only('Service')
  for (const { targetPort } of service.ports) t.true(ports.has(targetPort))
  for (const { ports: open } of only('NetworkPolicy').spec.ingress)
    for (const { port } of open) t.true(ports.has(port))
  const { labels } = deployment.spec.template.metadata
  t.deepEqual(service.selector, labels)
  for (const { matchLabels } of [
    deployment.spec.selector,
    only('PodDisruptionBudget').spec.selector,
    only('NetworkPolicy').spec.podSelector,
    deployment.spec.template.spec.topologySpreadConstraints[0].labelSelector,
  ])
    t.deepEqual(matchLabels, labels)
  t.true((pod?.terminationGracePeriodSeconds ?? 0) >= stopSeconds(config.data))
  t.true(only('PodDisruptionBudget').spec.maxUnavailable < deployment.spec.replicas)
  t.is(deployment.spec.strategy.rollingUpdate.maxUnavailable, 0)
})

test('the pods of Kubernetes run without privileges', (t) => {
  for (const { securityContext, containers } of pods) {
    t.like(securityContext, {
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    for (const each of containers)
      t.like(each.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
  }
})
